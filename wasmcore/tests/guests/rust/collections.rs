// SPDX-License-Identifier: Apache-2.0
// HashMap, BTreeMap, strings and their formatting, iterators, closures, traits, u128, sorting; Rust 1.63.
// guest-args: one two three "ünï cöde"
// guest-exit: 5
use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet, VecDeque};
use std::fmt;
use std::rc::Rc;

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Number(f64),
    Operator(char),
    Open,
    Close,
}

#[derive(Debug)]
enum ParseError {
    Unexpected(char, usize),
    Unbalanced,
    Empty,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParseError::Unexpected(c, at) => write!(f, "unexpected {:?} at {}", c, at),
            ParseError::Unbalanced => write!(f, "unbalanced"),
            ParseError::Empty => write!(f, "empty"),
        }
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, ParseError> {
    let mut out = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some(&(at, c)) = chars.peek() {
        match c {
            ' ' => {
                chars.next();
            }
            '0'..='9' | '.' => {
                let mut number = String::new();
                while let Some(&(_, d)) = chars.peek() {
                    if !d.is_ascii_digit() && d != '.' {
                        break;
                    }
                    number.push(d);
                    chars.next();
                }
                out.push(Token::Number(number.parse().map_err(|_| ParseError::Unexpected(c, at))?));
            }
            '+' | '-' | '*' | '/' => {
                out.push(Token::Operator(c));
                chars.next();
            }
            '(' => {
                out.push(Token::Open);
                chars.next();
            }
            ')' => {
                out.push(Token::Close);
                chars.next();
            }
            other => return Err(ParseError::Unexpected(other, at)),
        }
    }
    Ok(out)
}

// Dijkstra's shunting yard.
fn evaluate(text: &str) -> Result<f64, ParseError> {
    fn apply(values: &mut Vec<f64>, operator: char) -> Result<(), ParseError> {
        let b = values.pop().ok_or(ParseError::Empty)?;
        let a = values.pop().ok_or(ParseError::Empty)?;
        values.push(match operator {
            '+' => a + b,
            '-' => a - b,
            '*' => a * b,
            _ => a / b,
        });
        Ok(())
    }
    let rank = |c: char| if c == '+' || c == '-' { 1 } else { 2 };
    let (mut values, mut operators) = (Vec::new(), Vec::new());
    for token in tokens(text)? {
        match token {
            Token::Number(n) => values.push(n),
            Token::Open => operators.push('('),
            Token::Close => loop {
                match operators.pop() {
                    Some('(') => break,
                    Some(operator) => apply(&mut values, operator)?,
                    None => return Err(ParseError::Unbalanced),
                }
            },
            Token::Operator(operator) => {
                while let Some(&top) = operators.last() {
                    if top == '(' || rank(top) < rank(operator) {
                        break;
                    }
                    operators.pop();
                    apply(&mut values, top)?;
                }
                operators.push(operator);
            }
        }
    }
    while let Some(operator) = operators.pop() {
        if operator == '(' {
            return Err(ParseError::Unbalanced);
        }
        apply(&mut values, operator)?;
    }
    values.pop().ok_or(ParseError::Empty)
}

trait Animal {
    fn name(&self) -> String;
    fn legs(&self) -> u32 {
        4
    }
}
struct Dog;
struct Bird {
    wings: u8,
}
impl Animal for Dog {
    fn name(&self) -> String {
        "dog".into()
    }
}
impl Animal for Bird {
    fn name(&self) -> String {
        format!("bird with {} wings", self.wings)
    }
    fn legs(&self) -> u32 {
        2
    }
}

struct Random(u64);
impl Iterator for Random {
    type Item = u64;
    fn next(&mut self) -> Option<u64> {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        Some(self.0 >> 33)
    }
}

fn wide_numbers() {
    let mut product: u128 = 1;
    for i in 1..=33u128 {
        product *= i;
    }
    println!("33! = {}, in hex {:#x}, quotient {}, rest {}", product, product, product / 1_000_000_007, product % 1_000_000_007);
    println!("{:?} {:?}", product.checked_mul(1 << 10), 7i128.checked_rem_euclid(-3));
    println!("{} {} {}", i128::MIN, (-1i128) >> 3, u128::MAX.leading_zeros() + u128::MAX.count_ones());
    println!("{:?} {:?} {}", i64::MIN.checked_div(-1), i32::MIN.overflowing_neg(), (-7i64).rem_euclid(3));
    println!("{} {} {} {}", 300.7f32 as u8, -5.5f64 as u32, f64::NAN as i64, 1e30f64 as i64);
}

fn words() {
    let text = "it was the best of times it was the worst of times it was the age of wisdom";
    let mut counts: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, word) in text.split_whitespace().enumerate() {
        counts.entry(word).or_default().push(at);
    }
    let mut sorted: Vec<_> = counts.iter().collect();
    sorted.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then(a.0.cmp(b.0)));
    for (word, places) in sorted.iter().take(5) {
        println!("{:>8} | {:<3}| {:?}", word, places.len(), places);
    }
    let unique: HashSet<char> = text.chars().filter(|c| c.is_alphabetic()).collect();
    let mut letters: Vec<char> = unique.into_iter().collect();
    letters.sort_unstable();
    println!("{}", letters.iter().rev().collect::<String>());
    let by_length = text.split(' ').fold(BTreeMap::new(), |mut map: BTreeMap<usize, Vec<&str>>, word| {
        map.entry(word.len()).or_default().push(word);
        map
    });
    println!("{:#?}", by_length.range(4..6).collect::<Vec<_>>());
    println!("{}", "grüße, 世界 🦀".chars().rev().map(|c| c.to_uppercase().to_string()).collect::<Vec<_>>().join("·"));
}

fn numbers() {
    let values: Vec<u64> = Random(1).take(20000).collect();
    let mut sorted = values.clone();
    sorted.sort_unstable();
    let heap: BinaryHeap<u64> = values.iter().copied().collect();
    assert!(heap.into_sorted_vec() == sorted);
    println!("{} {} {}", sorted[0], sorted[10000], sorted[19999]);
    let sum: u64 = values.chunks(7).zip(values.windows(3)).map(|(a, b)| a.iter().sum::<u64>() ^ b[2]).filter(|x| x % 3 == 0).sum();
    println!("{} {:?}", sum, values.iter().position(|&x| x == sorted[77]));
    let mut ring: VecDeque<u32> = (1..=41).collect(); // Josephus
    while ring.len() > 1 {
        ring.rotate_left(2);
        ring.pop_front();
    }
    println!("{:?} {:e} {:.3} {:08.2} {:+} {:?}", ring, 1234.5f64, 2.0f64 / 3.0, -3.14159, 7, 0.1f32 + 0.2f32);
    println!("{:?} {:?} {:?}", "12x".parse::<i32>().is_err(), "-0.5e3".parse::<f64>(), u8::from_str_radix("ff", 16));
    println!("{:?}", [1.5f64, f64::NAN, f64::INFINITY, 1e100, 5e-324, -0.0].map(|x| x.sqrt().to_string()));
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    println!("{:?} {}", args, args.iter().map(|a| a.chars().count()).sum::<usize>());
    for text in ["1 + 2 * 3", "(1 + 2) * 3 / 4", "2 * (3", "5 +", "4 $ 4", "10 / (5 - 5)"] {
        match evaluate(text) {
            Ok(value) => println!("{} = {}", text, value),
            Err(error) => println!("{}: {} ({:?})", text, error, error),
        }
    }
    let zoo: Vec<Rc<dyn Animal>> = vec![Rc::new(Dog), Rc::new(Bird { wings: 2 })];
    for animal in &zoo {
        println!("{}: {} legs, {} owners", animal.name(), animal.legs(), Rc::strong_count(animal));
    }
    wide_numbers();
    words();
    numbers();
    std::process::exit(args.len() as i32 + 1);
}
