package dev.warmpath.jmh.grpc;

import dev.warmpath.jmh.grpc.GrpcCalls.Prompt;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code Route} beside the echo of the same bytes, at one rate. A figure of either is its median
 * round; a ratio is the median over pairs of rounds that followed one another, since what else the
 * machine does changes from pair to pair.
 *
 * @param perSecond calls a second
 * @param prompt what the request carries
 * @param route rounds of {@code Route}
 * @param echo the rounds of the echo that went with them
 */
record Comparison(int perSecond, Prompt prompt, List<Round> route, List<Round> echo) {
  static final String HEAD =
      "%8s %-7s | %17s | %17s | %14s | %14s | %15s"
          .formatted(
              "calls/s",
              "prompt",
              "Route p50/p99 us",
              "echo p50/p99 us",
              "p50 (bar)",
              "p99 (bar)",
              "server CPU us");

  /** Most that p50 may be of the echo's. */
  double p50Bar() {
    return prompt == Prompt.HASHES ? 1.3 : 1.5;
  }

  /** Most that p99 may be of the echo's. */
  double p99Bar() {
    return prompt == Prompt.HASHES ? 1.5 : 2;
  }

  double ratio(ToDoubleFunction<Round> figure) {
    return Round.median(
        IntStream.range(0, route.size())
            .mapToDouble(
                i -> figure.applyAsDouble(route.get(i)) / figure.applyAsDouble(echo.get(i)))
            .toArray());
  }

  /** Calls without an answer, of either. */
  long unanswered() {
    return IntStream.range(0, route.size())
        .mapToLong(i -> unanswered(route.get(i)) + unanswered(echo.get(i)))
        .sum();
  }

  private static long unanswered(Round round) {
    return round.failed() + round.leftOut();
  }

  String line() {
    return String.format(
        Locale.ROOT,
        "%8d %-7s | %8.0f %8.0f | %8.0f %8.0f | %5.2f (%.1f) %2s | %5.2f (%.1f) %2s | %7.0f"
            + " %7.0f%s",
        perSecond,
        prompt.name().toLowerCase(Locale.ROOT),
        Round.median(route, Round::p50Us),
        Round.median(route, Round::p99Us),
        Round.median(echo, Round::p50Us),
        Round.median(echo, Round::p99Us),
        ratio(Round::p50Us),
        p50Bar(),
        ratio(Round::p50Us) <= p50Bar() ? "ok" : "!",
        ratio(Round::p99Us),
        p99Bar(),
        ratio(Round::p99Us) <= p99Bar() ? "ok" : "!",
        Round.median(route, Round::serverCpuUs),
        Round.median(echo, Round::serverCpuUs),
        unanswered() == 0 ? "" : "  (%d unanswered)".formatted(unanswered()));
  }

  ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("calls_per_second", perSecond).put("prompt", prompt.name().toLowerCase(Locale.ROOT));
    json.put("p50_ratio", ratio(Round::p50Us)).put("p50_bar", p50Bar());
    json.put("p99_ratio", ratio(Round::p99Us)).put("p99_bar", p99Bar());
    json.set("route", side(route));
    json.set("echo", side(echo));
    return json;
  }

  private static ObjectNode side(List<Round> rounds) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("p50_us", Round.median(rounds, Round::p50Us));
    json.put("p99_us", Round.median(rounds, Round::p99Us));
    json.put("server_cpu_us", Round.median(rounds, Round::serverCpuUs));
    rounds.forEach(round -> json.withArray("rounds").add(round.toJson()));
    return json;
  }
}
