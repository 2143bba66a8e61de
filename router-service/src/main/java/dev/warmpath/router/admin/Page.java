package dev.warmpath.router.admin;

/**
 * One answer over HTTP.
 *
 * @param status HTTP status
 * @param contentType value of the Content-Type header
 * @param body sent as UTF-8
 */
public record Page(int status, String contentType, String body) {
  private static final String TEXT = "text/plain; charset=utf-8";

  /** Plain text, one line or several. */
  public static Page text(int status, String body) {
    return new Page(status, TEXT, body.endsWith("\n") ? body : body + "\n");
  }
}
