//! `smg-radix-tree`: one owner thread, asked into a reused vector.
use peers_harness::corpus::{Corpus, Kind, Op};
use peers_harness::{Index, run};
use radix_tree::{Config, HolderId, Overlap, OverlapScratch, RadixTree};

enum Event {
    Stored(usize, Option<u64>, Vec<(u64, u64)>),
    Removed(usize, Vec<u64>),
}

struct Smgrt {
    tree: RadixTree,
    holders: Vec<HolderId>,
    scratch: OverlapScratch,
    query: Vec<u64>,
    found: Vec<Overlap>,
}

impl Index for Smgrt {
    type Event = Event;
    const CONCURRENT: bool = false;
    const RESULT: &'static str = "vector";

    fn new(workers: usize) -> Self {
        let mut tree = RadixTree::new(Config::default());
        let holders = (0..workers).map(|w| tree.create_holder(&format!("w{w}"))).collect();
        let scratch = OverlapScratch::default();
        Smgrt { tree, holders, scratch, query: vec![], found: vec![] }
    }

    fn event(corpus: &Corpus, op: &Op) -> Event {
        match op.kind {
            Kind::Removed => Event::Removed(op.worker, corpus.engine_hashes(op)),
            _ => Event::Stored(op.worker, corpus.parent_hash(op), corpus.pairs(op)),
        }
    }

    #[inline]
    fn apply(&mut self, event: Event) {
        match event {
            Event::Stored(worker, parent, blocks) => {
                // A refused store shows as a wrong score.
                let _ = self.tree.store(self.holders[worker], parent, &blocks);
            }
            Event::Removed(worker, blocks) => {
                let _ = self.tree.remove(self.holders[worker], &blocks);
            }
        }
    }

    fn prepare(&mut self, query: &[u64]) {
        self.query.clear();
        self.query.extend_from_slice(query);
    }

    #[inline]
    fn find(&mut self) -> usize {
        self.tree.overlap(&self.query, &mut self.scratch, &mut self.found);
        self.found.len()
    }

    fn scores(&mut self, scores: &mut [u32]) {
        self.find();
        for found in &self.found {
            let worker = self.holders.iter().position(|&holder| holder == found.holder);
            scores[worker.unwrap()] = found.depth;
        }
    }
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    run::<Smgrt>(&args[2], &args[3]);
}
