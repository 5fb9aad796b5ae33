// SPDX-License-Identifier: Apache-2.0
// A matrix solver and a sieve, then errors that are handled, then a status through Result.
// guest-exit: 1
use std::convert::TryFrom;

fn solve(mut a: Vec<Vec<f64>>) -> Option<Vec<f64>> {
    let n = a.len();
    for i in 0..n {
        let pivot = (i..n).max_by(|&x, &y| a[x][i].abs().partial_cmp(&a[y][i].abs()).unwrap())?;
        if a[pivot][i].abs() < 1e-12 {
            return None;
        }
        a.swap(i, pivot);
        for row in i + 1..n {
            let factor = a[row][i] / a[i][i];
            for column in i..=n {
                a[row][column] -= factor * a[i][column];
            }
        }
    }
    let mut x = vec![0.0; n];
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|j| a[i][j] * x[j]).sum();
        x[i] = (a[i][n] - known) / a[i][i];
    }
    Some(x)
}

fn primes(limit: usize) -> Vec<usize> {
    let mut composite = vec![false; limit + 1];
    (2..=limit)
        .filter(|&i| {
            if composite[i] {
                return false;
            }
            (i * i..=limit).step_by(i).for_each(|j| composite[j] = true);
            true
        })
        .collect()
}

#[derive(Debug)]
struct Failure(String);

fn main() -> Result<(), Failure> {
    let n = 12;
    let system: Vec<Vec<f64>> =
        (0..n).map(|i| (0..=n).map(|j| ((i * 7 + j * 3) % 11) as f64 + if i == j { 20.0 } else { 0.0 }).collect()).collect();
    println!("{:?}", solve(system));
    println!("{:?}", solve(vec![vec![1.0, 2.0, 3.0], vec![2.0, 4.0, 6.0]]));
    let found = primes(50000);
    println!("{} {:?} {}", found.len(), found.last(), found.iter().sum::<usize>());
    println!("{:?} {:?}", u8::try_from(300).is_err(), i16::try_from(-300));
    let list = vec![1, 2, 3];
    println!("{:?} {:?}", list.get(7), list.iter().try_fold(0i8, |sum, &x| sum.checked_add(x * 50)));
    Err(Failure(format!("on purpose, after {} numbers", list.len())))
}
