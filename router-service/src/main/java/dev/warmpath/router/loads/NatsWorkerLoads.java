package dev.warmpath.router.loads;

import dev.warmpath.indexer.ingest.NatsLink;

/** Hears what the workers of a cluster say of their load, for as long as it is open. */
public final class NatsWorkerLoads implements AutoCloseable {
  private static final long PENDING_LIMIT = 16_384;

  private final NatsLink.Hearing hearing;

  /** Starts to hear. */
  public NatsWorkerLoads(NatsLink link, WorkerLoadIntake intake) {
    this.hearing = link.hear(LoadSubjects.ofAllWorkers(link), PENDING_LIMIT, intake::take);
  }

  /** Messages dropped because too many waited. */
  public long dropped() {
    return hearing.dropped();
  }

  @Override
  public void close() {
    hearing.close();
  }
}
