package dev.warmpath.router.replay.engine;

/**
 * Time of a step that computes {@code p} prompt tokens beside {@code B} sequences with {@code T}
 * tokens of context: {@code prompts(p) + perSequence * B + perContextToken * T}, but no less than
 * the decode step alone; and what is lost to requests whose KV came from elsewhere.
 *
 * @param prompts what the prompt tokens take
 * @param perSequenceMs milliseconds a sequence that decodes
 * @param perContextTokenMs milliseconds a token of context
 * @param decode steps of the same worker that only decode
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
        : Math.max(mixed, decode.millis(load.decodes(), load.contextTokens(), 0, 1))
            + decode.admissionMs() * load.admissions();
  }

  /** The same beside other steps that only decode. */
  MixedTime withDecode(DecodeSteps other) {
    return new MixedTime(prompts, perSequenceMs, perContextTokenMs, other);
  }
}
