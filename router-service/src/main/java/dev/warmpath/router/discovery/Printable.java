package dev.warmpath.router.discovery;

/** Makes text from outside fit for one line of a log. */
final class Printable {
  private Printable() {}

  /** {@code text} with control characters escaped, cut after {@code maxLength} characters. */
  static String of(String text, int maxLength) {
    StringBuilder safe = new StringBuilder(Math.min(text.length(), maxLength));
    for (int i = 0; i < text.length() && safe.length() < maxLength; i++) {
      char c = text.charAt(i);
      if (isControl(c)) {
        safe.append("\\u%04x".formatted((int) c));
      } else {
        safe.append(c);
      }
    }
    return text.length() > maxLength ? safe + "..." : safe.toString();
  }

  /** Whether {@code text} has characters that end lines or move cursors. */
  static boolean hasControls(String text) {
    return text.chars().anyMatch(c -> isControl((char) c));
  }

  private static boolean isControl(char c) {
    return Character.isISOControl(c) || c == '\u2028' || c == '\u2029';
  }
}
