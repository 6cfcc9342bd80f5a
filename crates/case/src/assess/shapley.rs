//! What each observation's part is in the whole movement of a claim.
//!
//! What falls when one observation is left out says little where several say the
//! same: each can be spared, and together they carry everything. The Shapley value
//! (1953) is the mean of what an observation adds over all orders in which the
//! observations could come in; the values of all add up to the whole movement.
//! Few observations are taken in every order, many in some, drawn by hash of their
//! names: each order with its reverse, so that the values still add up, and the
//! standard error of the mean is stated.

use crate::weigh::{Against, Pool, Weighed, spread};
use cognate_base::{combine, hash_bytes};
use rayon::prelude::*;

/// Up to this many observations are taken in every order: 4,096 sets of them.
const EXACT: usize = 12;
/// Evaluations of one hypothesis for one claim that the drawn orders may cost: a second or two of time.
const WORK: u64 = 400_000_000;
/// Pairs of orders, at most and at least. Judgement: what holds a share still to a hundredth of the movement.
const PAIRS: (u64, u64) = (400, 4);

/// The parts of one movement, by observation.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts {
    /// They add up to the change of the log odds.
    pub shares: Vec<f64>,
    /// Standard errors; zero where every order was taken.
    pub errors: Vec<f64>,
}

/// By movement: the part of each observation in it.
pub(super) fn parts(weighed: &Weighed, movements: &[Against], seed: u64) -> Vec<Parts> {
    let telling =
        |place: &usize| weighed.observations.get(*place).is_some_and(|one| spread(&one.support) > 0.0);
    let players: Vec<usize> = (0..weighed.observations.len()).filter(telling).collect();
    let game = Game { weighed, movements, players };
    let (shares, errors) = if game.players.len() <= EXACT { game.exact() } else { game.drawn(seed) };
    let spread_out = |rows: &[Vec<f64>], movement: usize| {
        let mut out = vec![0.0; weighed.observations.len()];
        for (place, row) in game.players.iter().zip(rows) {
            if let (Some(slot), Some(value)) = (out.get_mut(*place), row.get(movement)) {
                *slot = *value;
            }
        }
        out
    };
    (0..movements.len())
        .map(|movement| Parts {
            shares: spread_out(&shares, movement),
            errors: spread_out(&errors, movement),
        })
        .collect()
}

struct Game<'w> {
    weighed: &'w Weighed,
    movements: &'w [Against],
    /// Observations that tell anything apart.
    players: Vec<usize>,
}

/// By player, by movement.
type Rows = Vec<Vec<f64>>;

impl Game<'_> {
    /// By movement: the log odds that a pool leaves.
    fn values(&self, pool: &Pool<'_>) -> Vec<f64> {
        self.movements.iter().map(|movement| movement.log_odds(&self.weighed.prior, &pool.support)).collect()
    }

    fn nothing(&self) -> Rows {
        vec![vec![0.0; self.movements.len()]; self.players.len()]
    }

    fn exact(&self) -> (Rows, Rows) {
        let count = self.players.len();
        let sets: Vec<Vec<f64>> = (0..1_usize << count)
            .into_par_iter()
            .map(|set| {
                let mut pool = Pool::new(self.weighed);
                let members = self.players.iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1);
                members.for_each(|(_, player)| pool.take(*player));
                self.values(&pool)
            })
            .collect();
        // |S|! (n - |S| - 1)! / n!, by the size of S.
        let mut weight = vec![1.0 / count.max(1) as f64; count];
        for size in 1..count {
            weight[size] = weight[size - 1] * size as f64 / (count - size) as f64;
        }
        let mut shares = self.nothing();
        for (set, values) in sets.iter().enumerate() {
            for (bit, row) in shares.iter_mut().enumerate().filter(|(bit, _)| set >> bit & 1 == 0) {
                let Some(with) = sets.get(set | 1 << bit) else { continue };
                let weight = weight.get(set.count_ones() as usize).copied().unwrap_or_default();
                for ((sum, before), after) in row.iter_mut().zip(values).zip(with) {
                    *sum += weight * (after - before);
                }
            }
        }
        (shares, self.nothing())
    }

    fn drawn(&self, seed: u64) -> (Rows, Rows) {
        let each = self.players.len() * self.movements.len() * self.weighed.prior.len();
        let (most, least) = PAIRS;
        let pairs = (WORK / (each as u64).max(1)).clamp(least, most);
        let drawn: Vec<Rows> =
            (0..pairs).into_par_iter().map(|pair| self.pair(combine(seed, pair))).collect();
        let (mut mean, mut error) = (self.nothing(), self.nothing());
        let count = pairs as f64;
        let each = |rows: &mut Rows, change: &dyn Fn(&mut f64, usize, usize)| {
            for (player, row) in rows.iter_mut().enumerate() {
                row.iter_mut().enumerate().for_each(|(movement, slot)| change(slot, player, movement));
            }
        };
        let of = |rows: &Rows, player: usize, movement: usize| {
            rows.get(player).and_then(|row| row.get(movement)).copied().unwrap_or_default()
        };
        for rows in &drawn {
            each(&mut mean, &|slot, player, movement| *slot += of(rows, player, movement) / count);
        }
        for rows in &drawn {
            each(&mut error, &|slot, player, movement| {
                *slot += (of(rows, player, movement) - of(&mean, player, movement)).powi(2);
            });
        }
        each(&mut error, &|slot, _, _| *slot = libm::sqrt(*slot / (count - 1.0) / count));
        (mean, error)
    }

    /// The mean of an order and its reverse.
    fn pair(&self, seed: u64) -> Rows {
        let name = |player: usize| {
            let id = self.players.get(player).and_then(|place| self.weighed.observations.get(*place));
            hash_bytes(seed, id.map_or(&[][..], |one| one.id.as_bytes()))
        };
        let mut order: Vec<usize> = (0..self.players.len()).collect();
        order.sort_by_key(|player| name(*player));
        let mut rows = self.nothing();
        self.follow(order.iter().copied(), &mut rows);
        self.follow(order.iter().rev().copied(), &mut rows);
        rows
    }

    /// Adds half of what each player adds in this order.
    fn follow(&self, order: impl Iterator<Item = usize>, rows: &mut Rows) {
        let mut pool = Pool::new(self.weighed);
        let mut before = self.values(&pool);
        for player in order {
            let (Some(place), Some(row)) = (self.players.get(player), rows.get_mut(player)) else { continue };
            pool.take(*place);
            let after = self.values(&pool);
            for ((sum, before), after) in row.iter_mut().zip(&before).zip(&after) {
                *sum += (after - before) / 2.0;
            }
            before = after;
        }
    }
}
