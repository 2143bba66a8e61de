package dev.warmpath.router.grpc;

/** Checks that several requests share. Stateless; any thread. */
final class Fields {
  /** Most tokens of a prompt, and most generated tokens that a report may name. */
  static final int MAX_TOKENS = 4_194_304;

  /** Longest model, adapter and request name, characters. */
  static final int MAX_NAME_LENGTH = 256;

  /** Longest cache salt, characters. */
  static final int MAX_SALT_LENGTH = 1_024;

  private Fields() {}

  static void checkLength(String field, String value, int limit) throws InvalidFieldException {
    if (value.length() > limit) {
      throw new InvalidFieldException(
          field, value.length(), "must have %d characters at most, has".formatted(limit));
    }
  }

  static void checkModel(String model) throws InvalidFieldException {
    if (model.isEmpty()) {
      throw new InvalidFieldException("model", "''", "must be named");
    }
    checkLength("model", model, MAX_NAME_LENGTH);
  }

  /** A uint32 that counts tokens. */
  static int checkTokens(String field, int value) throws InvalidFieldException {
    if (value < 0 || value > MAX_TOKENS) {
      throw new InvalidFieldException(
          field, Integer.toUnsignedString(value), "must be %d at most".formatted(MAX_TOKENS));
    }
    return value;
  }
}
