//! What every rival is measured by. One process, one measure, one line of `name=value`.
//!
//! `JavaPeer` is the same program on the Java side: a change here is a change there.
mod alloc;
mod clock;
pub mod corpus;

use clock::{Ran, Samples, nanos_since, pin};
use corpus::{Corpus, Held, Kind, Op};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Lookups under writes stop after this long at the latest.
const BUSY_SECONDS: f64 = 3.0;
/// Lookups under writes ask for one of so many requests before the writer's place.
const BUSY_WINDOW: u64 = 2_048;
/// Lookups of a frozen index: at least so many.
const LOOKUP_SAMPLES: usize = 120_000;

/// One rival behind one face.
pub trait Index: Sized {
    /// An event in the crate's own form: made before the clock starts, freed inside.
    type Event;
    /// Whether lookups may run beside the writer.
    const CONCURRENT: bool;
    /// What a lookup gives, for the table.
    const RESULT: &'static str;

    fn new(workers: usize) -> Self;
    /// Changes the corpus where the crate asks for its own hashes.
    fn adapt(_corpus: &mut Corpus) {}
    fn event(corpus: &Corpus, op: &Op) -> Self::Event;
    /// Applies, or hands over to the writer thread.
    fn apply(&mut self, event: Self::Event);
    /// Waits until everything handed over is applied.
    fn drain(&mut self) {}
    /// From here on `apply` hands over to a thread of its own, pinned to core 0.
    fn apply_in_background(&mut self) {}
    /// The crate's own periodic cleaning; false when it has none.
    fn sweep(&mut self) -> bool {
        false
    }
    /// Brings a query into the crate's form, outside the clock.
    fn prepare(&mut self, query: &[u64]);
    /// The timed call, its result freed; gives how many workers were found.
    fn find(&mut self) -> usize;
    /// Every worker's score for the prepared query.
    fn scores(&mut self, scores: &mut [u32]);

    /// Applies `fill`, then times `rest` on this thread.
    fn time_apply(workers: usize, fill: Vec<Self::Event>, rest: Vec<Self::Event>) -> Duration {
        let mut index = Self::new(workers);
        fill.into_iter().for_each(|event| index.apply(event));
        let start = Instant::now();
        rest.into_iter().for_each(|event| index.apply(event));
        let elapsed = start.elapsed();
        std::mem::forget(index);
        elapsed
    }
}

/// Runs `measure` on the corpus file and prints its line.
pub fn run<I: Index>(measure: &str, file: &str) {
    let mut corpus = Corpus::read(file);
    I::adapt(&mut corpus);
    match measure {
        "scores" => scores::<I>(&corpus),
        "apply" => apply::<I>(&corpus),
        "lookup" => lookup::<I>(&corpus),
        "busy" if I::CONCURRENT => busy::<I>(&corpus),
        "busy" => println!("unsupported=1"),
        "bytes" => bytes::<I>(&corpus),
        other => panic!("no measure {other}"),
    }
}

fn writes(ops: &[Op]) -> impl Iterator<Item = &Op> {
    ops.iter().filter(|op| op.kind != Kind::Query)
}

fn filled<I: Index>(corpus: &Corpus, ops: &[Op]) -> I {
    let mut index = I::new(corpus.workers);
    writes(ops).for_each(|op| index.apply(I::event(corpus, op)));
    index.drain();
    index
}

/// Before each query every worker's score is held against what it really holds.
fn scores<I: Index>(corpus: &Corpus) {
    let mut index = I::new(corpus.workers);
    let mut held = Held::new(corpus);
    let (mut over, mut under, mut pairs) = (0, 0, 0);
    let mut scores = vec![0; corpus.workers];
    for op in &corpus.ops {
        if op.kind != Kind::Query {
            index.apply(I::event(corpus, op));
            held.apply(corpus, op);
            continue;
        }
        index.drain();
        index.prepare(&corpus.local_hashes(op));
        scores.fill(0);
        index.scores(&mut scores);
        for (worker, &score) in scores.iter().enumerate() {
            let want = held.score(worker, corpus.blocks(op));
            pairs += (want > 0) as usize;
            over += (score > want) as usize;
            under += (score < want) as usize;
        }
    }
    println!("over={over} under={under} pairs={pairs}");
}

/// Time of one writer thread for a block. A corpus without queries is first filled, up to its
/// first removal, outside the clock.
fn apply<I: Index>(corpus: &Corpus) {
    pin(1);
    let has_queries = corpus.ops.iter().any(|op| op.kind == Kind::Query);
    let first_removal = corpus.ops.iter().position(|op| op.kind == Kind::Removed);
    let fill = if has_queries { 0 } else { first_removal.unwrap_or(0) };
    let events = |ops| writes(ops).map(|op| I::event(corpus, op)).collect();
    let (before, timed) = corpus.ops.split_at(fill);
    let (before, events) = (events(before), events(timed));
    let ran = Ran::start();
    let elapsed = I::time_apply(corpus.workers, before, events);
    let ran = ran.share();
    let blocks: usize = writes(timed).map(Op::blocks).sum();
    println!("ns_per_block={:.2} ran={ran:.3}", elapsed.as_nanos() as f64 / blocks as f64);
}

fn timed<I: Index>(index: &mut I, query: &[u64]) -> u32 {
    index.prepare(query);
    black_box(query.iter().fold(0, |a, b| a ^ b));
    let start = Instant::now();
    black_box(index.find());
    nanos_since(start)
}

/// The last fifth of the requests, after all events.
fn lookup<I: Index>(corpus: &Corpus) {
    pin(1);
    let mut index: I = filled(corpus, &corpus.ops);
    let queries = corpus.queries();
    let recent = &queries[queries.len() * 4 / 5..];
    recent.iter().for_each(|query| {
        timed(&mut index, query);
    });
    let mut samples = Samples::default();
    let ran = Ran::start();
    while samples.len() < LOOKUP_SAMPLES {
        recent.iter().for_each(|query| samples.add(timed(&mut index, query)));
    }
    println!("{samples} ran={:.3} clock={} result={}", ran.share(), clock::cost(), I::RESULT);
    std::mem::forget(index);
}

/// The second half of the corpus is applied at 1 M block operations a second on core 0. This
/// thread, on core 1, hands the events over and looks up one of the latest requests between.
fn busy<I: Index>(corpus: &Corpus) {
    const BLOCKS_PER_NANO: f64 = 1e-3;
    let (before, after) = corpus.ops.split_at(corpus.ops.len() / 2);
    pin(0);
    let mut index: I = filled(corpus, before);
    index.apply_in_background();
    pin(1);
    let queries = corpus.queries();
    let mut asked = before.iter().filter(|op| op.kind == Kind::Query).count() as u64;
    let mut events: std::collections::VecDeque<_> = (after.iter())
        .map(|op| (op.blocks(), (op.kind != Kind::Query).then(|| I::event(corpus, op))))
        .collect();
    let (mut samples, mut sent, mut random) = (Samples::default(), 0.0, 1u64);
    let ran = Ran::start();
    let start = Instant::now();
    while !events.is_empty() && start.elapsed().as_secs_f64() < BUSY_SECONDS {
        let due = start.elapsed().as_nanos() as f64 * BLOCKS_PER_NANO;
        while sent <= due
            && let Some((blocks, event)) = events.pop_front()
        {
            match event {
                Some(event) => {
                    sent += blocks as f64;
                    index.apply(event);
                }
                None => asked += 1,
            }
        }
        random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let back = 1 + (random >> 33) % BUSY_WINDOW;
        samples.add(timed(&mut index, &queries[asked.saturating_sub(back) as usize]));
    }
    let (seconds, ran) = (start.elapsed().as_secs_f64(), ran.share());
    index.drain();
    let lag = start.elapsed().as_secs_f64() - seconds;
    println!("{samples} ran={ran:.3} mops={:.3} lag_ms={:.2}", sent / seconds / 1e6, lag * 1e3);
    std::mem::forget(index);
}

/// Requested bytes that live after the corpus, for each block that a worker holds.
fn bytes<I: Index>(corpus: &Corpus) {
    let mut held = Held::new(corpus);
    corpus.ops.iter().filter(|op| op.kind != Kind::Query).for_each(|op| held.apply(corpus, op));
    let resident = held.resident() as f64;
    drop(held);
    alloc::start_counting();
    let mut index = I::new(corpus.workers);
    for (i, op) in writes(&corpus.ops).enumerate() {
        index.apply(I::event(corpus, op));
        if i % 1024 == 0 {
            index.drain();
        }
    }
    index.drain();
    let live = alloc::live() as f64 / resident;
    print!("per_block={live:.2} resident={resident}");
    if index.sweep() {
        print!(" swept={:.2}", alloc::live() as f64 / resident);
    }
    println!();
    std::mem::forget(index);
}
