//! The corpus file, as `CorpusFile.java` writes it.

/// What an operation does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Query,
    Stored,
    Removed,
}

/// One operation; its blocks are `Corpus::blocks(op)`.
#[derive(Clone, Copy)]
pub struct Op {
    pub kind: Kind,
    pub worker: usize,
    /// Block before the first one of a store; none at the start of a prompt.
    pub parent: Option<u32>,
    first: usize,
    count: usize,
}

impl Op {
    pub fn blocks(&self) -> usize {
        self.count
    }
}

/// Blocks are numbers below `local.len()`.
pub struct Corpus {
    pub workers: usize,
    pub local: Vec<u64>,
    pub engine: Vec<u64>,
    pub ops: Vec<Op>,
    indices: Vec<u32>,
}

/// Reads little-endian fields from front to back.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let (head, tail) = self.0.split_at(N);
        self.0 = tail;
        head.try_into().unwrap()
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.take())
    }

    fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.take())
    }

    fn op(&mut self) -> Op {
        let kind = match self.take::<4>()[0] {
            0 => Kind::Query,
            1 => Kind::Stored,
            2 => Kind::Removed,
            other => panic!("operation of kind {other}"),
        };
        Op {
            kind,
            worker: self.u32() as usize,
            parent: u32::try_from(self.u32() as i32).ok(),
            count: self.u32() as usize,
            first: self.u64() as usize,
        }
    }
}

impl Corpus {
    /// Trusts the checksum to the writer, who has checked it.
    pub fn read(path: &str) -> Corpus {
        let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{path}: {e}"));
        let mut fields = Fields(&bytes);
        assert_eq!(&fields.take::<8>(), b"KVPEER01", "{path} is no corpus");
        let workers = fields.u32() as usize;
        fields.take::<12>(); // capacity, copies, flags: of the maker's interest only
        let blocks = fields.u64();
        fields.u64(); // requests
        let (ops, indices) = (fields.u64(), fields.u64());
        let (local, engine) = (0..blocks).map(|_| (fields.u64(), fields.u64())).unzip();
        let indices = (0..indices).map(|_| fields.u32()).collect();
        let ops = (0..ops).map(|_| fields.op()).collect();
        Corpus { workers, local, engine, ops, indices }
    }

    pub fn blocks(&self, op: &Op) -> &[u32] {
        &self.indices[op.first..op.first + op.count]
    }

    /// The local hashes of every query, in order.
    pub fn queries(&self) -> Vec<Vec<u64>> {
        let queries = self.ops.iter().filter(|op| op.kind == Kind::Query);
        queries.map(|op| self.local_hashes(op)).collect()
    }

    pub fn local_hashes(&self, op: &Op) -> Vec<u64> {
        self.blocks(op).iter().map(|&b| self.local[b as usize]).collect()
    }

    pub fn engine_hashes(&self, op: &Op) -> Vec<u64> {
        self.blocks(op).iter().map(|&b| self.engine[b as usize]).collect()
    }

    /// (engine, local) of each block.
    pub fn pairs(&self, op: &Op) -> Vec<(u64, u64)> {
        let pair = |&b: &u32| (self.engine[b as usize], self.local[b as usize]);
        self.blocks(op).iter().map(pair).collect()
    }

    pub fn parent_hash(&self, op: &Op) -> Option<u64> {
        op.parent.map(|b| self.engine[b as usize])
    }
}

/// Which worker holds which block, literally: the judge of every score.
pub struct Held {
    blocks: usize,
    held: Vec<bool>,
}

impl Held {
    pub fn new(corpus: &Corpus) -> Held {
        let blocks = corpus.local.len();
        Held { blocks, held: vec![false; blocks * corpus.workers] }
    }

    pub fn apply(&mut self, corpus: &Corpus, op: &Op) {
        for &b in corpus.blocks(op) {
            self.held[op.worker * self.blocks + b as usize] = op.kind == Kind::Stored;
        }
    }

    /// The longest prefix of `path` whose blocks the worker holds.
    pub fn score(&self, worker: usize, path: &[u32]) -> u32 {
        let mine = &self.held[worker * self.blocks..(worker + 1) * self.blocks];
        path.iter().take_while(|&&b| mine[b as usize]).count() as u32
    }

    /// Blocks held, summed over the workers.
    pub fn resident(&self) -> usize {
        self.held.iter().filter(|&&held| held).count()
    }
}
