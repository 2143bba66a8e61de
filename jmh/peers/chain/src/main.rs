//! `kv-index`: ChainIndex, asked into a reused vector.
use kv_index::{ChainBlockMap, ChainIndex, ContentHash, SequenceHash, StoredBlock};
use peers_harness::corpus::{Corpus, Kind, Op};
use peers_harness::{Index, run};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

enum Event {
    Stored(u32, Option<SequenceHash>, Vec<StoredBlock>),
    Removed(u32, Vec<SequenceHash>),
}

/// The writing side: the crate leaves the reverse maps to its caller.
struct Writer {
    index: Arc<ChainIndex>,
    maps: Vec<ChainBlockMap>,
}

impl Writer {
    #[inline]
    fn apply(&mut self, event: Event) {
        match event {
            Event::Stored(worker, parent, blocks) => {
                let map = &mut self.maps[worker as usize];
                // A refused store shows as a wrong score.
                let _ = self.index.apply_stored(worker, &blocks, parent, map);
            }
            Event::Removed(worker, blocks) => {
                self.index.apply_removed(worker, &blocks, &mut self.maps[worker as usize]);
            }
        }
    }
}

enum Lane {
    Here(Writer),
    Thread(Sender<Event>, JoinHandle<()>),
    Closed,
}

struct Chain {
    index: Arc<ChainIndex>,
    lane: Lane,
    query: Vec<ContentHash>,
    found: Vec<(u32, u32)>,
}

impl Index for Chain {
    type Event = Event;
    const CONCURRENT: bool = true;
    const RESULT: &'static str = "vector";

    fn new(workers: usize) -> Self {
        let index = Arc::new(ChainIndex::with_max_workers(workers.max(64)));
        for worker in 0..workers {
            assert_eq!(index.intern_worker(&format!("w{worker}")).unwrap(), worker as u32);
        }
        let maps = (0..workers).map(|_| ChainBlockMap::new()).collect();
        let lane = Lane::Here(Writer { index: index.clone(), maps });
        Chain { index, lane, query: vec![], found: vec![] }
    }

    fn event(corpus: &Corpus, op: &Op) -> Event {
        let worker = op.worker as u32;
        if op.kind == Kind::Removed {
            let blocks = corpus.engine_hashes(op).into_iter().map(SequenceHash);
            return Event::Removed(worker, blocks.collect());
        }
        let block = |(engine, local)| StoredBlock {
            seq_hash: SequenceHash(engine),
            content_hash: ContentHash(local),
        };
        let blocks = corpus.pairs(op).into_iter().map(block).collect();
        Event::Stored(worker, corpus.parent_hash(op).map(SequenceHash), blocks)
    }

    #[inline]
    fn apply(&mut self, event: Event) {
        match &mut self.lane {
            Lane::Here(writer) => writer.apply(event),
            Lane::Thread(sender, _) => sender.send(event).unwrap(),
            Lane::Closed => panic!("drained"),
        }
    }

    fn apply_in_background(&mut self) {
        let Lane::Here(mut writer) = std::mem::replace(&mut self.lane, Lane::Closed) else {
            panic!("in the background already");
        };
        let (sender, events) = channel();
        // The caller is on core 0, and the thread inherits that.
        let thread = std::thread::spawn(move || events.into_iter().for_each(|e| writer.apply(e)));
        self.lane = Lane::Thread(sender, thread);
    }

    fn drain(&mut self) {
        if let Lane::Thread(..) = self.lane
            && let Lane::Thread(sender, thread) = std::mem::replace(&mut self.lane, Lane::Closed)
        {
            drop(sender);
            thread.join().unwrap();
        }
    }

    fn prepare(&mut self, query: &[u64]) {
        self.query.clear();
        self.query.extend(query.iter().map(|&hash| ContentHash(hash)));
    }

    #[inline]
    fn find(&mut self) -> usize {
        let found = &mut self.found;
        found.clear();
        let push = |worker, score| found.push((worker, score));
        self.index.score_into(&self.query, |hash| hash.0, false, push);
        found.len()
    }

    fn scores(&mut self, scores: &mut [u32]) {
        self.find();
        self.found.iter().for_each(|&(worker, score)| scores[worker as usize] = score);
    }
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    run::<Chain>(&args[2], &args[3]);
}
