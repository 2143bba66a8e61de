package dev.warmpath.router.replay.report;

import dev.warmpath.router.replay.serve.RequestTable;

/** Whether more requests came than could be served. */
final class Overload {
  /*
   * In an overloaded run the backlog grows as long as requests come. So waiting times grow from the
   * second quarter of the arrivals (the first one fills an empty system) to the last one, and the
   * answers go on for long after the last arrival. A burst at the end of a run shows the second, a
   * busy spell in a run that keeps up the first; only both count.
   */
  private static final double GROWTH = 1.5;
  private static final double TAIL_SHARE = 0.03;
  private static final int LEAST_REQUESTS = 40;

  private Overload() {}

  /** Judges an open loop by the requests that were answered, in the order of their arrival. */
  static boolean of(RequestTable table, int[] answered) {
    int count = answered.length;
    if (count < LEAST_REQUESTS) {
      return false;
    }
    double early = meanTtft(table, answered, count / 4, count / 2);
    double late = meanTtft(table, answered, count - count / 4, count);
    long firstArrival = table.arrivalNanos(answered[0]);
    long lastArrival = table.arrivalNanos(answered[count - 1]);
    long lastAnswer = lastArrival;
    for (int request : answered) {
      lastAnswer = Math.max(lastAnswer, table.answeredNanos(request));
    }
    double tail = (double) (lastAnswer - lastArrival) / Math.max(1, lastArrival - firstArrival);
    return late > GROWTH * early && tail > TAIL_SHARE;
  }

  private static double meanTtft(RequestTable table, int[] answered, int from, int to) {
    double sum = 0;
    for (int i = from; i < to; i++) {
      sum += table.ttftMs(answered[i]);
    }
    return sum / (to - from);
  }
}
