package dev.warmpath.router.workersim;

import dev.warmpath.router.replay.SimulatedTarget;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Moves simulated engines on with a clock, on one thread of its own. */
public final class EngineThread implements AutoCloseable {
  private static final long PROGRESS_INTERVAL_NANOS = Duration.ofMillis(250).toNanos();
  private static final long LONGEST_PARK_NANOS = Duration.ofMillis(20).toNanos();

  private final List<SimulatedEngine> engines;
  private final EngineClock clock;
  private final Thread thread;
  private volatile boolean closed;

  /** Starts the thread. */
  public EngineThread(List<SimulatedEngine> engines, EngineClock clock) {
    this.engines = List.copyOf(engines);
    this.clock = clock;
    this.thread = Thread.ofPlatform().name("simulated-engines").daemon().start(this::run);
  }

  /** Something was submitted: time may have to move on earlier. Any thread. */
  public void wake() {
    LockSupport.unpark(thread);
  }

  private void run() {
    long lastProgressNanos = System.nanoTime();
    while (!closed) {
      long nowNanos = clock.nowNanos();
      engines.forEach(engine -> engine.advanceTo(nowNanos));
      if (System.nanoTime() - lastProgressNanos >= PROGRESS_INTERVAL_NANOS) {
        lastProgressNanos = System.nanoTime();
        engines.forEach(engine -> engine.tellProgress(nowNanos));
      }
      park();
    }
  }

  private void park() {
    long nextNanos =
        engines.stream().mapToLong(SimulatedEngine::nextNanos).min().orElse(SimulatedTarget.IDLE);
    long parkNanos =
        nextNanos == SimulatedTarget.IDLE ? LONGEST_PARK_NANOS : clock.realNanosUntil(nextNanos);
    if (parkNanos > 0) {
      LockSupport.parkNanos(Math.min(parkNanos, LONGEST_PARK_NANOS));
    }
  }

  /** Stops the thread; requests that run are left where they are. */
  @Override
  public void close() {
    closed = true;
    wake();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
