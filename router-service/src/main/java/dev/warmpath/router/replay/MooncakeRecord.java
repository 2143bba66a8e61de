package dev.warmpath.router.replay;

import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * One line of a Mooncake trace.
 *
 * @param timestampMillis arrival, milliseconds since the start of the trace
 * @param inputTokens tokens in the prompt
 * @param outputTokens tokens to generate
 * @param hashIds one id a block of the prompt, the partial last one too; not to be changed
 */
public record MooncakeRecord(
    long timestampMillis, int inputTokens, int outputTokens, long[] hashIds) {

  /** The request that it describes, in the first of a trace's id spaces. */
  TraceRequest toRequest() {
    return new TraceRequest(
        Duration.ofMillis(timestampMillis).toNanos(),
        Prompt.ofIds(inputTokens, hashIds, 0),
        outputTokens);
  }

  /** The line, without its end. */
  public String toLine() {
    String ids = Arrays.stream(hashIds).mapToObj(Long::toString).collect(Collectors.joining(", "));
    return "{\"timestamp\": %d, \"input_length\": %d, \"output_length\": %d, \"hash_ids\": [%s]}"
        .formatted(timestampMillis, inputTokens, outputTokens, ids);
  }
}
