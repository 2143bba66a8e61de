package dev.warmpath.router.discovery;

/** Why what a worker, or a file, says was not taken over. */
public enum RefusalKind {
  /** The value is longer than {@link WorkerInfoCodec#MAX_VALUE_BYTES}. */
  TOO_LARGE,
  /** The value is not UTF-8, not JSON, or not a JSON object. */
  NOT_JSON,
  /** A field has the wrong type or a value out of its range. */
  BAD_FIELD,
  /** The value names another worker than its key. */
  WRONG_KEY,
  /** More workers are registered than are ever held. */
  TOO_MANY,
  /** The fleet refused: its block size differs from its peers', or no slot is free. */
  DOES_NOT_FIT,
  /** A changed fleet file could not be read; the last good one holds. */
  BAD_FILE
}
