//! The tables of rules, walked: each example gives what it says, and sound rules calculate the same.
//!
//! The language of the examples: `(op.width operands…)`, where the width is 64 unless it is named (of flags and
//! tests 8); `a` to `f` are arguments, `frame` is the stack pointer at the entry, `5:8` a number of 8 bits (64 unless it is
//! named), `(load8 a)` memory, `(sum 5 a -2*b)` is `5 + a - 2 * b`. Operands stand as they are: only the operation
//! that is asked for goes through the rules.

use super::*;
use crate::machine::Cond;
use crate::numbers::{calculate, cut};

/// The operations of the examples by name.
#[rustfmt::skip]
const OPS: &[(&str, Op)] = &[
    ("add", Op::Add), ("sub", Op::Sub), ("neg", Op::Neg), ("not", Op::Not), ("mul", Op::Mul),
    ("mulhighu", Op::MulHighU), ("divu", Op::DivU), ("divs", Op::DivS), ("remu", Op::RemU),
    ("rems", Op::RemS), ("divwideu", Op::DivWideU), ("divwides", Op::DivWideS), ("remwideu", Op::RemWideU),
    ("remwides", Op::RemWideS), ("shl", Op::Shl), ("shr", Op::Shr), ("sar", Op::Sar), ("rol", Op::Rol),
    ("ror", Op::Ror), ("and", Op::And), ("or", Op::Or), ("xor", Op::Xor), ("trunc", Op::Truncate),
    ("zext", Op::ZeroExtend), ("sext8", Op::SignExtend(8)), ("sext16", Op::SignExtend(16)),
    ("sext32", Op::SignExtend(32)), ("insert0_8", Op::Insert { at: 0, bits: 8 }),
    ("insert8_8", Op::Insert { at: 8, bits: 8 }), ("insert0_16", Op::Insert { at: 0, bits: 16 }),
    ("insert0_32", Op::Insert { at: 0, bits: 32 }), ("insert0_64", Op::Insert { at: 0, bits: 64 }),
    ("eq", Op::Eq), ("ult", Op::Ult), ("slt", Op::Slt), ("select", Op::Select), ("fmin", Op::FMin),
    ("flt", Op::FLt), ("funordered", Op::FUnordered), ("flagssub", Op::FlagsSub), ("flagsadd", Op::FlagsAdd),
    ("flagslogic", Op::FlagsLogic), ("flagskeepcarry", Op::FlagsKeepCarry),
    ("flagssetcarry", Op::FlagsSetCarry), ("flagssetoverflow", Op::FlagsSetOverflow),
    ("flagsinvertcarry", Op::FlagsInvertCarry), ("flagsfloat", Op::FlagsFloat),
    ("test-eq", Op::Test(Cond::Eq)), ("test-ne", Op::Test(Cond::Ne)), ("test-ult", Op::Test(Cond::Ult)),
    ("test-uge", Op::Test(Cond::Uge)), ("test-ugt", Op::Test(Cond::Ugt)), ("test-slt", Op::Test(Cond::Slt)),
    ("test-sle", Op::Test(Cond::Sle)), ("test-sgt", Op::Test(Cond::Sgt)),
    ("test-negative", Op::Test(Cond::Negative)), ("test-overflow", Op::Test(Cond::Overflow)),
    ("test-nooverflow", Op::Test(Cond::NoOverflow)), ("test-parity", Op::Test(Cond::Parity)),
];

/// The tables, by an operation of each.
#[rustfmt::skip]
const TABLES: [Op; 19] = [
    Op::Add, Op::Sub, Op::Neg, Op::Not, Op::Mul, Op::Shl, Op::DivWideU, Op::MulHighU, Op::FMin, Op::Shr,
    Op::And, Op::Truncate, Op::ZeroExtend, Op::SignExtend(8), Op::Insert { at: 0, bits: 8 }, Op::Eq, Op::Ult,
    Op::Select, Op::Test(Cond::Eq),
];

fn width_of(op: Op) -> Width {
    match op {
        Op::Test(_) | Op::FlagsKeepCarry | Op::FlagsSetCarry => 8,
        Op::FlagsSetOverflow | Op::FlagsInvertCarry => 8,
        _ => 64,
    }
}

fn number(text: &str) -> Option<u64> {
    let (less, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let size = match digits.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok()?,
        None => digits.parse().ok()?,
    };
    Some(if less { size.wrapping_neg() } else { size })
}

/// An operation with its width.
fn operation(word: &str) -> (Op, Width) {
    let (name, width) = word.split_once('.').unwrap_or((word, ""));
    let op =
        OPS.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("`{name}` is no operation")).1;
    (op, width.parse().unwrap_or(width_of(op)))
}

/// A text's parts, those in brackets whole.
fn parts(text: &str) -> Vec<&str> {
    let (mut depth, mut from, mut parts) = (0, 0, Vec::new());
    for (at, sign) in text.char_indices() {
        match sign {
            '(' => depth += 1,
            ')' => depth -= 1,
            ' ' if depth == 0 => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

fn inner(text: &str) -> &str {
    text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or_else(|| panic!("{text}"))
}

/// The node of a text, as it stands.
fn node(graph: &mut Graph, text: &str) -> NodeId {
    if let [letter @ b'a'..=b'f'] = text.as_bytes() {
        return graph.leaf(Kind::Argument, 64, u64::from(letter - b'a'));
    }
    if text == "frame" {
        return graph.leaf(Kind::Frame, 64, 0);
    }
    if !text.starts_with('(') {
        let (value, width) = text.split_once(':').unwrap_or((text, "64"));
        return graph.constant(number(value).unwrap_or_else(|| panic!("{text}")), width.parse().unwrap());
    }
    let parts = parts(inner(text));
    if parts[0] == "load8" {
        let operand = Operand { node: node(graph, parts[1]), times: 1 };
        return graph.intern(Kind::Load, 8, 0, &[operand]);
    }
    if let Some(width) = parts[0].strip_prefix("sum") {
        let width = width.strip_prefix('.').map_or(64, |width| width.parse().unwrap());
        let mut terms: Vec<Operand> = parts[2..]
            .iter()
            .map(|term| {
                let (times, term) = term.split_once('*').unwrap_or(("1", term));
                Operand { node: node(graph, term), times: number(times).unwrap() as i64 }
            })
            .collect();
        terms.sort_unstable();
        return graph.intern(Kind::Sum, width, number(parts[1]).unwrap(), &terms);
    }
    let (op, width) = operation(parts[0]);
    let operands: Vec<NodeId> = parts[1..].iter().map(|part| node(graph, part)).collect();
    graph.plain(op, width, &operands)
}

/// The text of a node.
fn text(graph: &Graph, id: NodeId) -> String {
    let node = graph.node(id);
    let operands = |from: usize| -> Vec<String> {
        graph
            .operands(id)
            .iter()
            .skip(from)
            .map(|operand| {
                let times = if operand.times == 1 {
                    String::new()
                } else {
                    format!("{}*", written(operand.times as u64))
                };
                times + &text(graph, operand.node)
            })
            .collect()
    };
    let suffix = |usual: Width| if node.width == usual { String::new() } else { format!(".{}", node.width) };
    match node.kind {
        Kind::Argument => char::from(b'a' + node.payload as u8).to_string(),
        Kind::Frame => "frame".to_owned(),
        Kind::Constant if node.width == 64 => written(node.payload),
        Kind::Constant => format!("{}:{}", written(node.payload), node.width),
        Kind::Load => format!("(load{} {})", node.width, operands(0).join(" ")),
        Kind::Sum => format!("(sum{} {} {})", suffix(64), written(node.payload), operands(0).join(" ")),
        Kind::Op(op) => {
            let name = OPS.iter().find(|(_, known)| *known == op).map_or("?", |(name, _)| name);
            format!("({name}{} {})", suffix(width_of(op)), operands(0).join(" "))
        }
        kind => format!("{kind:?}"),
    }
}

fn written(value: u64) -> String {
    match value as i64 {
        small @ -9..=9 => small.to_string(),
        less @ ..0 => format!("-{:#x}", less.unsigned_abs()),
        _ => format!("{value:#x}"),
    }
}

/// Numbers that are looked at: chance, and those on which something turns.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let chance = self.0 ^ self.0 >> 29;
        let edges = [0, 1, 5, 7, 10, 1 << 31, u64::MAX, 1 << 63, 1 << 62, 0xff, 0x7fff_ffff, u64::MAX >> 1];
        if chance >> 60 < 6 { edges[(chance >> 8) as usize % edges.len()] } else { chance }
    }
}

/// What a node is, given what arguments and frame are. Sums are not cut: what stands on them takes them so.
fn value(graph: &Graph, id: NodeId, leaves: &[u64; 8]) -> u128 {
    let node = graph.node(id);
    let operands: Vec<u128> = graph.operands(id).iter().map(|it| value(graph, it.node, leaves)).collect();
    match node.kind {
        Kind::Argument => leaves[node.payload as usize].into(),
        Kind::Frame => leaves[7].into(),
        Kind::Constant => node.payload.into(),
        // some memory that depends on the address
        Kind::Load => cut(mixed(operands[0]), node.width),
        Kind::Sum => {
            let times = graph.operands(id).iter().map(|it| it.times as u64);
            let terms = operands.iter().zip(times).map(|(&value, times)| (value as u64).wrapping_mul(times));
            terms.fold(node.payload, u64::wrapping_add).into()
        }
        Kind::Op(op) => calculate(op, node.width, &operands),
        kind => panic!("{kind:?} in an example"),
    }
}

fn mixed(value: u128) -> u128 {
    cognate_base::mix(value as u64).into()
}

/// Whether what is asked and what it gives are the same number, in the bits that were asked for.
fn agree(graph: &Graph, asked: Asked, count: usize, made: NodeId, leaves: &[u64; 8]) -> bool {
    let operands =
        [asked.a, asked.b, asked.c].map(|id| cut(value(graph, id, leaves), graph.node(id).width.max(1)));
    let width = if is_truth(asked.op) { 1 } else { asked.width };
    let expected = calculate(asked.op, asked.width, &operands[..count]);
    cut(expected, width) == cut(value(graph, made, leaves), width)
}

/// Checks an example of a row; says whether both sides were always the same number.
fn check(rules: &Rules, row: &Rule, (example, expected): (&str, &str)) -> Result<bool, String> {
    let mut graph = Graph::default();
    // arguments are as old as the alphabet says
    (b'a'..=b'f').for_each(|letter| _ = node(&mut graph, &char::from(letter).to_string()));
    let parts = parts(inner(example));
    let (op, width) = operation(parts[0]);
    let operands: Vec<NodeId> = parts[1..].iter().map(|part| node(&mut graph, part)).collect();
    let operand = |place: usize| operands.get(place).or(operands.last()).copied().unwrap();
    let asked = Asked { op, width, a: operand(0), b: operand(1), c: operand(2) };
    let shaped = (rules.shape)(&graph, asked);
    let first = rules.rows.iter().find_map(|row| (row.apply)(&mut graph, shaped).map(|_| row.says));
    if first != Some(row.says) {
        return Err(format!("{example}: {first:?} applies, not `{}`", row.says));
    }
    let made = (row.apply)(&mut graph, shaped).unwrap();
    // an example may be of what follows from it, too
    let made_text = text(&graph, made);
    if made_text != expected {
        return Err(format!("{example} is {made_text}, not {expected}"));
    }
    if graph.make(op, width, &operands) != made {
        return Err(format!("{example} is made otherwise"));
    }
    let mut numbers = Numbers(1);
    Ok((0..2_000).all(|_| {
        let leaves = std::array::from_fn(|_| numbers.next());
        agree(&graph, asked, operands.len(), made, &leaves)
    }))
}

#[test]
fn every_rule_gives_what_its_examples_say_and_is_sound_or_lossy_as_it_says() {
    let (mut wrong, mut rows) = (Vec::new(), 0);
    for table in TABLES {
        let rules = rules(table).unwrap();
        for row in rules.rows {
            rows += 1;
            let results: Vec<_> = row.examples.iter().map(|example| check(rules, row, *example)).collect();
            wrong.extend(results.iter().filter_map(|result| result.clone().err()));
            let same = results.iter().all(|result| *result == Ok(true));
            match row.lossy {
                _ if results.is_empty() => wrong.push(format!("`{}` has no example", row.says)),
                _ if results.iter().any(Result::is_err) => {}
                None if !same => wrong.push(format!("{table:?}: `{}` calculates something else", row.says)),
                Some(granted) if same || granted.is_empty() => {
                    wrong.push(format!("{table:?}: `{}` shows nothing that is lost", row.says))
                }
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(rows > 50, "{rows} rules");
}

fn leaf(graph: &mut Graph, number: u64) -> NodeId {
    graph.leaf(Kind::Argument, 64, number)
}

/// `((((a ^ b) | c ^ d) | e ^ f) | …) == 0` of so many comparisons, made on a small stack.
fn comparisons(count: u64) -> (Graph, NodeId) {
    let make = move || {
        let mut graph = Graph::default();
        let mut all = None;
        for number in 0..count {
            let (a, b) = (leaf(&mut graph, 2 * number), leaf(&mut graph, 2 * number + 1));
            let differ = graph.make(Op::Xor, 64, &[a, b]);
            all = Some(match all {
                Some(before) => graph.make(Op::Or, 64, &[before, differ]),
                None => differ,
            });
        }
        let zero = graph.constant(0, 64);
        let made = graph.make(Op::Eq, 64, &[all.unwrap_or(zero), zero]);
        assert_eq!(graph.make(Op::Eq, 64, &[all.unwrap_or(zero), zero]), made, "the same twice");
        (graph, made)
    };
    let small = std::thread::Builder::new().stack_size(256 << 10).spawn(make).expect("a thread");
    small.join().expect("no overflow")
}

/// How many comparisons became conditions by themselves.
fn check_conditions(count: u64, conditions: usize) {
    let (graph, made) = comparisons(count);
    let (mut next, mut found) = (vec![made], 0);
    while let Some(id) = next.pop() {
        found += usize::from(graph.kind(id) == Kind::Op(Op::Eq));
        if graph.kind(id) != Kind::Op(Op::Eq) {
            next.extend(graph.operands(id).iter().map(|operand| operand.node));
        }
    }
    assert_eq!(found, conditions, "of {count}");
}

#[test]
fn comparisons_in_one_are_told_apart_to_the_stated_depth_and_stay_together_beyond() {
    check_conditions(1, 1);
    check_conditions(10, 10);
    // what stays together is one more
    let most = MOST_DEPTH as usize;
    check_conditions(u64::from(MOST_DEPTH) - 1, most - 1);
    check_conditions(u64::from(MOST_DEPTH), most);
    check_conditions(u64::from(MOST_DEPTH) + 1, most);
    check_conditions(20_000, most);
}

#[test]
fn conditions_on_choices_on_both_sides_end_at_the_stated_number_of_rules() {
    let mut graph = Graph::default();
    let (a, b) = (leaf(&mut graph, 0), leaf(&mut graph, 1));
    let mut sides = [graph.make(Op::FlagsSub, 64, &[a, b]), graph.make(Op::FlagsSub, 64, &[b, a])];
    for number in 0..1_000 {
        let condition = leaf(&mut graph, 2 + number);
        let [one, other] = sides;
        sides = [
            graph.make(Op::Select, 8, &[condition, one, other]),
            graph.make(Op::Select, 8, &[condition, other, one]),
        ];
    }
    let before = graph.len();
    graph.make(Op::Test(Cond::Eq), 8, &[sides[0]]);
    assert!(graph.len() - before <= 4 * MOST_RULES as usize, "{} more", graph.len() - before);
    assert_eq!(graph.applied.depth, 0);
}

#[test]
fn an_operation_beyond_the_bound_has_the_form_that_rules_leave() {
    let mut graph = Graph::default();
    let (a, b, one) = (leaf(&mut graph, 0), leaf(&mut graph, 1), graph.constant(1, 64));
    for (op, operands) in [(Op::Eq, [b, a]), (Op::Mul, [b, a]), (Op::And, [one, a]), (Op::FLt, [b, a])] {
        let by_rule = graph.make(op, 64, &operands);
        assert_eq!(graph.as_it_stands(op, 64, &operands), by_rule, "{op:?}");
    }
}
