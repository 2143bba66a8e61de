package dev.warmpath.router.replay.report;

import dev.warmpath.router.replay.serve.RequestTable;
import dev.warmpath.router.replay.serve.RunRecord;
import dev.warmpath.router.replay.serve.RunRecord.TargetName;

/**
 * One request of a run as a line of JSON: when it came, where it went, what the router expected the
 * cache to hold and what it held, and the parts of its time to first token.
 */
public final class RequestLine {
  private final RunRecord run;
  private final int concurrency;
  private final double frontendMs;

  /**
   * @param concurrency clients of a closed loop; 0 for an open one
   */
  public RequestLine(RunRecord run, int concurrency, double frontendMs) {
    this.run = run;
    this.concurrency = concurrency;
    this.frontendMs = frontendMs;
  }

  /** The line of a request, with its end. Names of policies and workers need no escapes. */
  public String of(int request) {
    RequestTable table = run.requests();
    StringBuilder out = new StringBuilder(400);
    out.append("{\"policy\":\"").append(run.policy()).append('"');
    if (concurrency > 0) {
      number(out, "concurrency", concurrency);
    }
    number(out, "request", request);
    out.append(",\"status\":\"").append(table.status(request)).append('"');
    number(out, "arrival_ms", table.arrivalNanos(request) / 1e6);
    number(out, "input_tokens", table.inputTokens(request));
    number(out, "output_tokens", table.outputTokens(request));
    number(out, "router_wait_ms", table.routerWaitNanos(request) / 1e6);
    number(out, "restarts", table.restarts(request));
    if (table.status(request) == RequestTable.Status.OK) {
      answered(out, table, request);
    }
    return out.append("}\n").toString();
  }

  private void answered(StringBuilder out, RequestTable table, int request) {
    target(out, "prompt", table.promptTarget(request));
    target(out, "decode", table.decodeTarget(request));
    number(out, "blocks", table.blocks(request));
    number(out, "expected_blocks", table.expectedBlocks(request));
    number(out, "cached_blocks", table.cachedBlocks(request));
    if (run.offloads()) {
      number(out, "fetched_blocks", table.hostBlocks(request) + table.diskBlocks(request));
      number(out, "disk_blocks", table.diskBlocks(request));
    }
    number(out, "preemptions", table.preemptions(request));
    millis(out, "queue_ms", table.arrivalNanos(request), table.promptStartNanos(request));
    millis(out, "prefill_ms", table.promptStartNanos(request), table.promptEndNanos(request));
    millis(out, "transfer_ms", table.promptEndNanos(request), table.readyNanos(request));
    millis(out, "first_step_ms", table.readyNanos(request), table.firstTokenNanos(request));
    number(out, "frontend_ms", frontendMs);
    number(out, "ttft_ms", table.ttftMs(request));
    number(out, "tpot_ms", table.tpotMs(request));
    number(out, "e2e_ms", table.e2eMs(request));
  }

  private void target(StringBuilder out, String name, int slot) {
    TargetName target = run.targets().get(slot);
    out.append(",\"").append(name).append("_worker\":\"").append(target.worker()).append('"');
    number(out, name + "_rank", target.rank());
  }

  private static void millis(StringBuilder out, String name, long fromNanos, long toNanos) {
    number(out, name, (toNanos - fromNanos) / 1e6);
  }

  private static void number(StringBuilder out, String name, long value) {
    out.append(",\"").append(name).append("\":").append(value);
  }

  private static void number(StringBuilder out, String name, double value) {
    out.append(",\"").append(name).append("\":").append(value);
  }
}
