//! Primes, and the longest way to one by Collatz.
fn sieve(end: usize) -> Vec<usize> {
    let (mut is_prime, mut primes) = (vec![true; end + 1], Vec::new());
    for number in 2..=end {
        if is_prime[number] {
            primes.push(number);
            (number * number..=end).step_by(number).for_each(|multiple| is_prime[multiple] = false);
        }
    }
    primes
}

fn steps(mut number: u64) -> u32 {
    let mut count = 0;
    while number != 1 {
        number = if number % 2 == 0 { number / 2 } else { 3 * number + 1 };
        count += 1;
    }
    count
}

fn main() {
    let end = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1000);
    let primes = sieve(end);
    println!("{} {:?}", primes.len(), primes.last());
    println!("{:?}", (1..end as u64).map(steps).max());
}
