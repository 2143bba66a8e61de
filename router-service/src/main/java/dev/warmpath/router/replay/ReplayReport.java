package dev.warmpath.router.replay;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
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
   * @param badLines wrong lines of its files that were left out; not in JSON when 0
   */
  public record TraceSize(
      int requests,
      long blocks,
      long distinctBlocks,
      @JsonInclude(Include.NON_DEFAULT) long badLines) {
    /** The size of a trace. */
    public static TraceSize of(Trace trace, long badLines) {
      return new TraceSize(
          trace.requests().size(), trace.blocks(), trace.distinctBlocks(), badLines);
    }
  }
}
