//! Time, percentiles, and whether the machine let us run.
use std::fmt;
use std::time::Instant;

pub fn nanos_since(start: Instant) -> u32 {
    start.elapsed().as_nanos().min(u32::MAX as u128) as u32
}

/// What a lookup of nothing would be timed at, nanoseconds.
pub fn cost() -> u32 {
    let mut samples = Samples::default();
    (0..10_000).for_each(|_| samples.add(nanos_since(Instant::now())));
    samples.sorted()[samples.len() / 2]
}

/// Puts this thread on one core, where there are two.
pub fn pin(core: usize) {
    // SAFETY: a plain bit set that the kernel copies; a refusal leaves the thread where it was.
    unsafe {
        let mut cores: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(core, &mut cores);
        libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &cores);
    }
}

/// The share of the wall time for which this thread had a core.
pub struct Ran(Instant, f64);

impl Ran {
    pub fn start() -> Ran {
        Ran(Instant::now(), Ran::cpu_seconds())
    }

    pub fn share(&self) -> f64 {
        (Ran::cpu_seconds() - self.1) / self.0.elapsed().as_secs_f64()
    }

    fn cpu_seconds() -> f64 {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: writes one timespec.
        unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
        time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
    }
}

/// Durations in nanoseconds; shown as their percentiles.
#[derive(Default)]
pub struct Samples(Vec<u32>);

impl Samples {
    pub fn add(&mut self, nanos: u32) {
        self.0.push(nanos);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    fn sorted(&self) -> Vec<u32> {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        sorted
    }
}

impl fmt::Display for Samples {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let sorted = self.sorted();
        let at = |q: f64| sorted[((sorted.len() as f64 * q) as usize).min(sorted.len() - 1)];
        write!(f, "n={} p50={} p99={} p999={}", sorted.len(), at(0.5), at(0.99), at(0.999))
    }
}
