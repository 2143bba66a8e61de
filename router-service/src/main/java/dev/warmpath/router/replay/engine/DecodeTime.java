package dev.warmpath.router.replay.engine;

/**
 * Time of a step that only decodes, {@code B} sequences with {@code T} tokens of context: {@code
 * base + perSequence * B + hinge * max(0, B - hingeAt) + experts * (1 - (1 - expertShare)^B) +
 * perContextToken * T}, with {@code singleMs} in place of {@code baseMs} for B = 1.
 *
 * @param baseMs weights and launches, milliseconds
 * @param singleMs the same for one sequence, milliseconds: another kernel
 * @param perSequenceMs milliseconds a sequence
 * @param hingeMs more milliseconds for each sequence above {@code hingeAt}: the matrix products
 *     become bound by compute
 * @param hingeAt sequences
 * @param expertsMs milliseconds to read all experts of a mixture-of-experts model
 * @param expertShare share of the experts that one token activates, 0 to 1
 * @param perContextTokenMs milliseconds a token of context: reading the KV cache
 * @param admissionMs milliseconds that each admitted request delays the batch once
 */
public record DecodeTime(
    double baseMs,
    double singleMs,
    double perSequenceMs,
    double hingeMs,
    double hingeAt,
    double expertsMs,
    double expertShare,
    double perContextTokenMs,
    double admissionMs)
    implements DecodeSteps {
  public DecodeTime {
    Constants.requireNotNegative("decode.base_ms", baseMs);
    Constants.requireNotNegative("decode.single_ms", singleMs);
    Constants.requireNotNegative("decode.per_sequence_ms", perSequenceMs);
    Constants.requireNotNegative("decode.hinge_ms", hingeMs);
    Constants.requireNotNegative("decode.hinge_at", hingeAt);
    Constants.requireNotNegative("decode.experts_ms", expertsMs);
    Constants.requireShare("decode.expert_share", expertShare);
    Constants.requireNotNegative("decode.per_context_token_ms", perContextTokenMs);
    Constants.requireNotNegative("decode.admission_ms", admissionMs);
  }

  /** Each step adds a token to the context of each sequence: an arithmetic series. */
  @Override
  public double millis(int sequences, long contextTokens, int admissions, long steps) {
    double batch =
        (sequences == 1 ? singleMs : baseMs)
            + perSequenceMs * sequences
            + hingeMs * Math.max(0, sequences - hingeAt);
    if (expertsMs > 0) {
      batch += expertsMs * (1 - StrictMath.pow(1 - expertShare, sequences));
    }
    return admissionMs * admissions
        + steps * (batch + perContextTokenMs * contextTokens)
        + perContextTokenMs * sequences * Series.sumBelow(steps);
  }
}
