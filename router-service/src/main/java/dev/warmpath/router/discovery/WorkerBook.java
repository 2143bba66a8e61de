package dev.warmpath.router.discovery;

import dev.warmpath.router.fleet.Worker;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The workers registered in etcd, as far as their values can be read. A known worker whose value
 * turns bad keeps its last good one while its key is there: the worker lives, only its description
 * is broken. Not thread-safe.
 */
final class WorkerBook {
  /** Most workers held; more are refused. */
  static final int MAX_WORKERS = 4_096;

  private final RefusalLog log;
  private final Map<String, Worker> workers = new TreeMap<>();

  WorkerBook(RefusalLog log) {
    this.log = log;
  }

  /** The workers, by id. */
  Collection<Worker> workers() {
    return workers.values();
  }

  /** Begins to read everything again; nobody leaves before the end of it. */
  Listing list() {
    return new Listing();
  }

  /** A worker registered or changed its value. */
  void put(String workerId, byte[] value) {
    try {
      take(workerId, value);
    } catch (BadWorkerException e) {
      log.refused(source(workerId), e.kind(), String.valueOf(e.getMessage()));
    }
  }

  /** A worker's lease is over or it left. */
  void remove(String workerId) {
    workers.remove(workerId);
  }

  private void take(String workerId, byte[] value) throws BadWorkerException {
    Worker worker = WorkerInfoCodec.fromEtcd(workerId, value);
    if (workers.size() >= MAX_WORKERS && !workers.containsKey(workerId)) {
      throw new BadWorkerException(
          RefusalKind.TOO_MANY, "more than %d workers are registered".formatted(MAX_WORKERS));
    }
    workers.put(workerId, worker);
  }

  /** One full listing on its way. */
  final class Listing {
    private final Set<String> present = new HashSet<>();

    /** A worker is registered. */
    void add(String workerId, byte[] value) {
      try {
        take(workerId, value);
      } catch (BadWorkerException e) {
        log.stillRefused(source(workerId), e.kind(), String.valueOf(e.getMessage()));
      }
      if (workers.containsKey(workerId)) {
        present.add(workerId);
      }
    }

    /** That was all: who was not added is gone. */
    void end() {
      workers.keySet().retainAll(present);
    }
  }

  private static String source(String workerId) {
    return "etcd worker '" + Printable.of(workerId, Worker.MAX_NAME_LENGTH / 2) + "'";
  }
}
