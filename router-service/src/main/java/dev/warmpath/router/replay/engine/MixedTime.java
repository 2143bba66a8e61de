package dev.warmpath.router.replay.engine;

/**
 * Time of a step of an aggregated worker that computes {@code p} prompt tokens beside {@code B}
 * sequences with {@code T} tokens of context: {@code prompts(p) + perSequence * B + perContextToken
 * * T}, but no less than the decode step alone.
 *
 * @param prompts what the prompt tokens take
 * @param perSequenceMs milliseconds a sequence that decodes
 * @param perContextTokenMs milliseconds a token of context
 * @param decode the decode steps of the aggregated worker
 */
public record MixedTime(
    PromptSteps prompts, double perSequenceMs, double perContextTokenMs, DecodeSteps decode) {
  public MixedTime {
    Constants.requireNotNegative("aggregated.per_sequence_ms", perSequenceMs);
    Constants.requireNotNegative("aggregated.per_context_token_ms", perContextTokenMs);
  }

  double millis(StepLoad load, double tp) {
    double mixed =
        prompts.millis(load.prefillTokens(), load.prefillContext(), tp)
            + perSequenceMs * load.decodes()
            + perContextTokenMs * load.contextTokens();
    return load.decodes() == 0
        ? mixed
        : Math.max(
            mixed, decode.millis(load.decodes(), load.contextTokens(), load.admissions(), 1));
  }
}
