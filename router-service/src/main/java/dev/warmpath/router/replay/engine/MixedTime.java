package dev.warmpath.router.replay.engine;

/**
 * Time of a step of an aggregated worker that computes {@code p} prompt tokens beside {@code B}
 * sequences with {@code T} tokens of context: {@code base + perToken * (referenceTp / tp) * p +
 * perSequence * B + perContextToken * T}, but no less than the decode step alone.
 *
 * @param baseMs per step, milliseconds
 * @param perTokenMs milliseconds a prompt token at {@code referenceTp} GPUs
 * @param perSequenceMs milliseconds a sequence that decodes
 * @param perContextTokenMs milliseconds a token of context
 * @param referenceTp tensor-parallel size that {@code perTokenMs} holds for
 * @param decode the decode steps of the aggregated worker
 */
public record MixedTime(
    double baseMs,
    double perTokenMs,
    double perSequenceMs,
    double perContextTokenMs,
    double referenceTp,
    DecodeTime decode) {
  public MixedTime {
    Constants.requireNotNegative("aggregated.base_ms", baseMs);
    Constants.requireNotNegative("aggregated.per_token_ms", perTokenMs);
    Constants.requireNotNegative("aggregated.per_sequence_ms", perSequenceMs);
    Constants.requireNotNegative("aggregated.per_context_token_ms", perContextTokenMs);
    Constants.requireAbove("aggregated.reference_tp", referenceTp, 0);
  }

  double millis(StepLoad load, double tp) {
    double mixed =
        baseMs
            + perTokenMs * (referenceTp / tp) * load.prefillTokens()
            + perSequenceMs * load.decodes()
            + perContextTokenMs * load.contextTokens();
    return load.decodes() == 0
        ? mixed
        : Math.max(
            mixed, decode.millis(load.decodes(), load.contextTokens(), load.admissions(), 1));
  }
}
