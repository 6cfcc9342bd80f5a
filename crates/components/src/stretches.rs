//! Which stretches of a sample are whose: the most likely way to cut it, given what each function resembles.
//!
//! Linkers keep the objects of a library together, so a component lies in a few stretches. For each function and each
//! component `likelihoods` gives how much more likely what it resembles is if it is the component's than if not, in
//! nats; going into a stretch costs. The cut of most likelihood is found in one pass (Viterbi): what lies
//! between functions that are known goes with them where nothing speaks against it, and scattered chance makes no stretch.

/// What can be expected of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    /// It would resemble something, if it were known.
    Much,
    /// It may resemble something.
    Little,
    /// It says nothing.
    Nothing,
    /// It is somebody's by its name.
    Another,
}

/// What going into a stretch costs at least, in nats (judgement).
const LEAST_ENTER: f32 = 5.0;

/// What going into a stretch costs among so many functions, in nats: chance may begin one at each.
pub(crate) fn enter(functions: usize) -> f32 {
    LEAST_ENTER + libm::logf(functions.max(1) as f32)
}

/// What the functions of a sample, in order, say of one component.
#[derive(Clone, Debug, Default)]
pub(crate) struct Likelihoods {
    /// Functions that resemble one of the component's, ascending, each with its log likelihood ratio.
    pub resembling: Vec<(u32, f32)>,
    /// The same of a function that says much and resembles none: not positive.
    pub none: f32,
}

/// What it costs to take a function that is somebody else's, in nats (judgement: more than any function says).
const ANOTHERS: f32 = -100.0;

impl Likelihoods {
    /// What a function says for the component, in nats.
    pub(crate) fn gain(&self, at: u32, says: Says) -> f32 {
        let place = self.resembling.binary_search_by_key(&at, |(function, _)| *function).ok();
        self.gain_of(place.and_then(|place| self.resembling.get(place)), says)
    }

    fn gain_of(&self, resembling: Option<&(u32, f32)>, says: Says) -> f32 {
        match (resembling, says) {
            (_, Says::Another) => ANOTHERS,
            (Some((_, gain)), _) => *gain,
            (None, Says::Much) => self.none,
            (None, _) => 0.0,
        }
    }
}

/// Cuts functions, each of which says as much as `says`. Returns for each the component whose it is, by its place in
/// `components`. Going into a stretch costs `enter`.
///
/// The work is functions times components: callers bound both.
pub(crate) fn cut(says: &[Says], components: &[&Likelihoods], enter: f32) -> Vec<Option<u16>> {
    let (functions, count) = (says.len(), components.len());
    let mut inside = vec![f32::NEG_INFINITY; count];
    let mut next = vec![0usize; count];
    let mut entered = Bits::new(functions, count);
    // whose stretch ended before each function, if one did
    let mut left: Vec<Option<u16>> = vec![None; functions + 1];
    let mut outside = 0.0f32;
    for (at, &says) in says.iter().enumerate() {
        let mut best = (outside, None);
        for (number, component) in components.iter().enumerate() {
            let place = &mut next[number];
            let resembling =
                component.resembling.get(*place).filter(|(function, _)| *function as usize == at);
            *place += usize::from(resembling.is_some());
            let gain = component.gain_of(resembling, says);
            let here = &mut inside[number];
            if outside - enter >= *here {
                entered.set(at, number);
                *here = outside - enter;
            }
            *here += gain;
            if *here > best.0 {
                best = (*here, Some(number as u16));
            }
        }
        (outside, left[at + 1]) = best;
    }
    let mut owner = vec![None; functions];
    let mut at = functions;
    while at > 0 {
        let Some(number) = left[at] else {
            at -= 1;
            continue;
        };
        // back to where this stretch began
        loop {
            at -= 1;
            owner[at] = Some(number);
            if at == 0 || entered.get(at, usize::from(number)) {
                break;
            }
        }
    }
    owner
}

/// A bit for each function and component.
struct Bits {
    words: Vec<u64>,
    each: usize,
}

impl Bits {
    fn new(functions: usize, components: usize) -> Self {
        let each = components.div_ceil(64);
        Bits { words: vec![0; functions * each], each }
    }

    fn set(&mut self, function: usize, component: usize) {
        if let Some(word) = self.words.get_mut(function * self.each + component / 64) {
            *word |= 1 << (component % 64);
        }
    }

    fn get(&self, function: usize, component: usize) -> bool {
        let word = self.words.get(function * self.each + component / 64);
        word.is_some_and(|word| word >> (component % 64) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Functions as letters: `A` and `B` resemble a component strongly, `a` and `b` weakly, `.` says much and resembles
    /// nothing, `-` says nothing, `x` is another's.
    #[track_caller]
    fn check(functions: &str, expected: &str) {
        let says: Vec<Says> = functions
            .bytes()
            .map(|byte| match byte {
                b'-' => Says::Nothing,
                b'x' => Says::Another,
                _ => Says::Much,
            })
            .collect();
        let of = |letter: u8| {
            let gain = |byte: u8| match byte {
                _ if byte == letter => Some(7.5),
                _ if byte.to_ascii_uppercase() == letter => Some(2.0),
                _ => None,
            };
            let resembling = (0u32..).zip(functions.bytes());
            let resembling = resembling.filter_map(|(at, byte)| Some((at, gain(byte)?))).collect();
            Likelihoods { resembling, none: -1.2 }
        };
        let (a, b) = (of(b'A'), of(b'B'));
        let owner = cut(&says, &[&a, &b], enter(says.len()));
        let shown: String = owner
            .iter()
            .map(|owner| match owner {
                None => '.',
                Some(0) => 'A',
                Some(_) => 'B',
            })
            .collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn what_lies_between_goes_with_what_is_known() {
        check("..A-.A..", "..AAAA..");
        check("A---------A", "AAAAAAAAAAA");
    }

    #[test]
    fn a_long_way_with_nothing_known_is_somebody_elses() {
        check("AA............AA", "AA............AA");
    }

    #[test]
    fn scattered_chance_makes_no_stretch() {
        check("a....a..a......a...A", "....................");
    }

    #[test]
    fn two_libraries_side_by_side_are_told_apart() {
        check("..AAa.ABBbB-.", "..AAAAABBBB..");
    }

    #[test]
    fn what_is_known_to_be_anothers_is_not_taken() {
        check("AAAxAAA", "AAA.AAA");
    }

    #[test]
    fn silent_functions_at_the_edge_stay_out() {
        check("--AA--", "..AA..");
    }
}
