//! Which stretches of a sample are whose: the most likely way to cut it, given what each function resembles.
//!
//! Linkers keep the objects of a library together, so a component lies in a few stretches. For each function and each
//! component `likelihoods` gives how much more likely what it resembles is if it is the component's than if not, in
//! nats; going into a stretch costs [`ENTER`]. The cut of most likelihood is found in one pass (Viterbi): what lies
//! between functions that are known goes with them where nothing speaks against it, and scattered chance makes no stretch.

/// What going into a stretch costs, in nats: one function in some thousand starts one, of one of some hundred components.
pub(crate) const ENTER: f32 = 9.0;

/// What the functions of a sample, in order, say of one component.
#[derive(Clone, Debug, Default)]
pub(crate) struct Likelihoods {
    /// Functions that resemble one of the component's, ascending, each with its log likelihood ratio.
    pub resembling: Vec<(u32, f32)>,
    /// The same of a function that says much and resembles none: not positive.
    pub none: f32,
}

/// Cuts `functions` functions, of which `telling` say enough to be expected to resemble something. Returns for each
/// function the component whose it is, by its place in `components`.
///
/// The work is functions times components: callers bound both.
pub(crate) fn cut(functions: usize, telling: &[bool], components: &[Likelihoods]) -> Vec<Option<u16>> {
    let count = components.len();
    let mut inside = vec![f32::NEG_INFINITY; count];
    let mut next = vec![0usize; count];
    let mut entered = Bits::new(functions, count);
    // whose stretch ended before each function, if one did
    let mut left: Vec<Option<u16>> = vec![None; functions + 1];
    let mut outside = 0.0f32;
    for at in 0..functions {
        let expects = telling.get(at).copied().unwrap_or(false);
        let mut best = (outside, None);
        for (number, component) in components.iter().enumerate() {
            let place = &mut next[number];
            let gain = match component.resembling.get(*place) {
                Some(&(function, gain)) if function as usize == at => {
                    *place += 1;
                    gain
                }
                _ if expects => component.none,
                _ => 0.0,
            };
            let here = &mut inside[number];
            if outside - ENTER >= *here {
                entered.set(at, number);
                *here = outside - ENTER;
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
    /// nothing, `-` says nothing.
    #[track_caller]
    fn check(functions: &str, expected: &str) {
        let telling: Vec<bool> = functions.bytes().map(|byte| byte != b'-').collect();
        let of = |letter: u8| {
            let gain = |byte: u8| match byte {
                _ if byte == letter => Some(8.0),
                _ if byte.to_ascii_uppercase() == letter => Some(2.0),
                _ => None,
            };
            let resembling = (0u32..).zip(functions.bytes());
            let resembling = resembling.filter_map(|(at, byte)| Some((at, gain(byte)?))).collect();
            Likelihoods { resembling, none: -1.2 }
        };
        let owner = cut(functions.len(), &telling, &[of(b'A'), of(b'B')]);
        let shown: String = owner.iter().map(|owner| match owner {
            None => '.',
            Some(0) => 'A',
            Some(_) => 'B',
        }).collect();
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
    fn silent_functions_at_the_edge_stay_out() {
        check("--AA--", "..AA..");
    }
}
