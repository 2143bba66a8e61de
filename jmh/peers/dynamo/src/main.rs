//! `dynamo-kv-router`: the compressed concurrent tree and the positional index, each behind the
//! crate's own thread pool with one event thread.
use dynamo_kv_router::indexer::{SyncIndexer, WorkerTask};
use dynamo_kv_router::protocols::*;
use dynamo_kv_router::{ConcurrentRadixTreeCompressed, PositionalIndexer, ThreadPoolIndexer};
use peers_harness::corpus::{Corpus, Kind, Op};
use peers_harness::{Index, run};
use std::marker::PhantomData;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Wake, Waker};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot::{Receiver, channel};

/// Dynamo's default stride.
const JUMP: usize = 32;

/// What differs between the two.
trait Flavour {
    type Backend: SyncIndexer;
    fn backend() -> Self::Backend;
    fn adapt(_corpus: &mut Corpus) {}
    fn sweep(_backend: &Self::Backend) -> bool {
        false
    }
}

struct Crtc;

impl Flavour for Crtc {
    type Backend = ConcurrentRadixTreeCompressed;

    fn backend() -> Self::Backend {
        ConcurrentRadixTreeCompressed::new()
    }

    fn sweep(backend: &Self::Backend) -> bool {
        backend.run_cleanup_task();
        true
    }
}

struct Positional;

impl Flavour for Positional {
    type Backend = PositionalIndexer;

    fn backend() -> Self::Backend {
        PositionalIndexer::new(JUMP)
    }

    /// It finds a block only under an engine hash that is the router's own chain of local hashes.
    fn adapt(corpus: &mut Corpus) {
        let stores: Vec<Op> =
            corpus.ops.iter().filter(|op| op.kind == Kind::Stored).copied().collect();
        for op in stores {
            let mut before = corpus.parent_hash(&op);
            for block in corpus.blocks(&op).to_vec() {
                let local = corpus.local[block as usize];
                let chained = match before {
                    Some(parent) => compute_next_seq_hash(parent, LocalBlockHash(local)),
                    None => local,
                };
                corpus.engine[block as usize] = chained;
                before = Some(chained);
            }
        }
    }
}

/// Keeps the instant at which it is woken, on the thread that wakes it.
#[derive(Default)]
struct Stamp(OnceLock<Instant>);

impl Wake for Stamp {
    fn wake(self: Arc<Self>) {
        self.0.set(Instant::now()).expect("woken once");
    }
}

/// A flush to put into the queue, and the stamp that it leaves when its turn comes.
fn stamped_flush() -> (WorkerTask, Arc<Stamp>, Receiver<()>) {
    let (done, mut flushed) = channel();
    let stamp = Arc::new(Stamp::default());
    let waker = Waker::from(stamp.clone());
    let polled = pin!(&mut flushed).as_mut().poll(&mut Context::from_waker(&waker));
    assert!(polled.is_pending());
    (WorkerTask::Flush(done), stamp, flushed)
}

struct Dynamo<F: Flavour> {
    pool: ThreadPoolIndexer<F::Backend>,
    runtime: Runtime,
    query: Vec<LocalBlockHash>,
    flavour: PhantomData<F>,
}

impl<F: Flavour> Dynamo<F> {
    fn overlap(&self) -> OverlapScores {
        self.pool.backend().find_matches(&self.query, false)
    }
}

impl<F: Flavour> Index for Dynamo<F> {
    type Event = RouterEvent;
    const CONCURRENT: bool = true;
    const RESULT: &'static str = "map";

    fn new(_workers: usize) -> Self {
        Dynamo {
            pool: ThreadPoolIndexer::new(F::backend(), 1, 128),
            runtime: Builder::new_current_thread().build().unwrap(),
            query: vec![],
            flavour: PhantomData,
        }
    }

    fn adapt(corpus: &mut Corpus) {
        F::adapt(corpus);
    }

    fn event(corpus: &Corpus, op: &Op) -> RouterEvent {
        let data = if op.kind == Kind::Removed {
            let hashes = corpus.engine_hashes(op).into_iter().map(ExternalSequenceBlockHash);
            KvCacheEventData::Removed(KvCacheRemoveData { block_hashes: hashes.collect() })
        } else {
            let block = |(engine, local)| KvCacheStoredBlockData {
                block_hash: ExternalSequenceBlockHash(engine),
                tokens_hash: LocalBlockHash(local),
                mm_extra_info: None,
            };
            KvCacheEventData::Stored(KvCacheStoreData {
                parent_hash: corpus.parent_hash(op).map(ExternalSequenceBlockHash),
                start_position: None,
                blocks: corpus.pairs(op).into_iter().map(block).collect(),
            })
        };
        RouterEvent::new(op.worker as u64, KvCacheEvent { event_id: 0, data, dp_rank: 0 })
    }

    /// To the pool's event thread, always.
    fn apply(&mut self, event: RouterEvent) {
        self.pool.enqueue_event(event).unwrap();
    }

    fn drain(&mut self) {
        self.runtime.block_on(self.pool.flush_and_wait()).unwrap();
    }

    fn sweep(&mut self) -> bool {
        F::sweep(self.pool.backend())
    }

    fn prepare(&mut self, query: &[u64]) {
        self.query.clear();
        self.query.extend(query.iter().map(|&hash| LocalBlockHash(hash)));
    }

    #[inline]
    fn find(&mut self) -> usize {
        self.overlap().scores.len()
    }

    fn scores(&mut self, scores: &mut [u32]) {
        for (worker, score) in self.overlap().scores {
            scores[worker.worker_id as usize] = score;
        }
    }

    /// The crate's event loop on this thread, over a queue that is full from the start.
    fn time_apply(_: usize, fill: Vec<RouterEvent>, rest: Vec<RouterEvent>) -> Duration {
        let (queue, tasks) = flume::unbounded();
        let (from, started, _f) = stamped_flush();
        let (to, ended, _t) = stamped_flush();
        fill.into_iter().for_each(|event| queue.send(WorkerTask::Event(event)).unwrap());
        queue.send(from).unwrap();
        rest.into_iter().for_each(|event| queue.send(WorkerTask::Event(event)).unwrap());
        queue.send(to).unwrap();
        queue.send(WorkerTask::Terminate).unwrap();
        F::backend().worker(tasks, None).unwrap();
        *ended.0.get().unwrap() - *started.0.get().unwrap()
    }
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    match args[1].as_str() {
        "crtc" => run::<Dynamo<Crtc>>(&args[2], &args[3]),
        "positional" => run::<Dynamo<Positional>>(&args[2], &args[3]),
        other => panic!("no system {other}"),
    }
}
