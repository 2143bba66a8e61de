package dev.warmpath.router.loads;

import dev.warmpath.indexer.ingest.NatsLink;

/** The NATS subjects of load. Stateless. */
public final class LoadSubjects {
  private static final String FAMILY = "load";

  private LoadSubjects() {}

  /** Where a worker says how loaded it is. */
  public static String ofWorker(NatsLink link, String workerId) {
    return link.subject(FAMILY) + "." + NatsLink.token(workerId);
  }

  /** Where routers tell one another what they book. */
  static String ofRouters(NatsLink link) {
    return link.subject(FAMILY);
  }

  /** Matches what all workers of the cluster say. */
  static String ofAllWorkers(NatsLink link) {
    return link.subject(FAMILY) + ".*";
  }
}
