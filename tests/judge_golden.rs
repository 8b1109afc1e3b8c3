//! The program's trees give the trainer's own scores.

use keysweep::detect::context::{Weights, evidence, forest::ONE};

#[test]
fn scores_are_those_of_the_trainer() {
    let golden = include_str!("../fixtures/judge/golden.tsv");
    let weights = Weights::embedded();
    let mut rows = 0;
    for line in golden.lines() {
        let mut words = line.split('\t');
        let mut score = || words.next().and_then(|word| word.parse::<f64>().ok()).expect("two scores");
        let (gate, judge) = (score(), score());
        let all: Vec<i16> = words.map(|word| word.parse().expect("evidence")).collect();
        assert_eq!(all.len(), weights.names.len());
        let near = |expected: f64, score: i64| (expected - score as f64 / ONE as f64).abs() < 1e-6;
        assert!(near(gate, weights.gate.score(&all[..evidence::COUNT])), "gate in row {rows}");
        assert!(near(judge, weights.judge.score(&all)), "judge in row {rows}");
        rows += 1;
    }
    assert!(rows >= 20);
}
