package dev.warmpath.router.grpc;

import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.route.Price;
import dev.warmpath.router.route.RouteResult.Decision;

/** Why a target was chosen, in one line for people. Stateless; any thread. */
final class Reason {
  private Reason() {}

  /**
   * Such as {@code kv: 12 of 40 blocks cached on w3/1, cost 31.5 (prefill 28.0, queued 3.5,
   * active_blocks 0.0); next w1/0 35.0}.
   */
  static String of(Decision decision, int promptBlocks, boolean stale) {
    StringBuilder line = new StringBuilder(160);
    line.append(decision.policy()).append(": ");
    line.append(decision.overlap().deviceBlocks()).append(" of ").append(promptBlocks);
    line.append(" blocks cached on ");
    name(line, decision.promptTarget());
    if (!decision.promptTarget().worker().publishesEvents()) {
      line.append(" (approximate)");
    }
    if (stale) {
      line.append(" (index stale)");
    }
    cost(line, decision.price());
    Target next = decision.price().next();
    if (next != null) {
      line.append("; next ");
      name(line, next);
      line.append(' ');
      tenths(line, decision.price().nextCost());
    }
    switch (decision.placement()) {
      case LOCAL_PREFILL -> line.append("; a decode target computes it itself");
      case FALLBACK -> line.append("; a pool has no target to offer");
      case AGGREGATED, DISAGGREGATED -> {}
    }
    if (decision.prefillTarget() != null) {
      line.append("; decode on ");
      name(line, decision.target());
    }
    return line.toString();
  }

  private static void cost(StringBuilder line, Price price) {
    line.append(", cost ");
    tenths(line, price.cost());
    for (int i = 0; i < price.terms().length; i++) {
      line.append(i == 0 ? " (" : ", ").append(price.termNames().get(i)).append(' ');
      tenths(line, price.terms()[i]);
    }
    line.append(')');
  }

  private static void name(StringBuilder line, Target target) {
    line.append(target.worker().id()).append('/').append(target.rank());
  }

  /** Rounded to one decimal; far cheaper than a format. */
  private static void tenths(StringBuilder line, double value) {
    long tenths = Math.round(value * 10);
    if (tenths < 0) {
      line.append('-');
    }
    line.append(Math.abs(tenths / 10)).append('.').append(Math.abs(tenths % 10));
  }
}
