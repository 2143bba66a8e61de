package dev.warmpath.router.replay;

import java.util.List;

/**
 * The result of a replay.
 *
 * @param trace what was replayed
 * @param ceilings what a router could reach at most
 * @param policies one entry a policy, in the order asked for
 */
public record ReplayReport(TraceSize trace, Ceilings ceilings, List<PolicyReport> policies) {
  public ReplayReport {
    policies = List.copyOf(policies);
  }

  /**
   * How large a trace is.
   *
   * @param requests how many
   * @param blocks blocks of all prompts
   * @param distinctBlocks of them, those that differ in content or prefix
   */
  public record TraceSize(int requests, long blocks, long distinctBlocks) {
    /** The size of a trace. */
    public static TraceSize of(Trace trace) {
      return new TraceSize(trace.requests().size(), trace.blocks(), trace.distinctBlocks());
    }
  }
}
