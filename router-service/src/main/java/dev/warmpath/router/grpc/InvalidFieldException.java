package dev.warmpath.router.grpc;

/** A field of a request breaks the contract. Has no stack trace: it is the caller's fault. */
final class InvalidFieldException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String field;
  private final String value;

  /**
   * @param field name of the field, as in the .proto file
   * @param value what it holds, or how long it is
   * @param rule what it must be
   */
  InvalidFieldException(String field, Object value, String rule) {
    super("%s %s: %s".formatted(field, rule, value), null, false, false);
    this.field = field;
    this.value = value.toString();
  }

  String field() {
    return field;
  }

  String value() {
    return value;
  }
}
