package dev.warmpath.router.replay.engine;

/**
 * Measured times of steps that only decode, over the batch and the context before each of its
 * sequences, on average; see {@link StepTable}.
 *
 * @param table the times; columns are tokens of context of a sequence
 * @param batch what its rows are
 * @param admissionMs milliseconds that each admitted request delays the batch once
 */
record DecodeTable(StepTable table, Batch batch, double admissionMs) implements DecodeSteps {
  /** How the size of a batch is told. */
  enum Batch {
    /** Sequences that decode. */
    SEQUENCES,
    /** Tokens of context of all sequences: the KV memory that a step reads. */
    KV_TOKENS
  }

  DecodeTable {
    Constants.requireNotNegative("admission_ms", admissionMs);
  }

  @Override
  public double millis(int sequences, long contextTokens, int admissions, long steps) {
    double context = (double) contextTokens / sequences;
    return admissionMs * admissions
        + switch (batch) {
          case SEQUENCES -> table.along(sequences, 0, context, 1, steps);
          case KV_TOKENS -> table.along((double) contextTokens, sequences, context, 1, steps);
        };
  }
}
