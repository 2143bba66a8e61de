package dev.warmpath.router.grpc;

import java.net.UnknownHostException;
import java.util.regex.Pattern;

/** What went wrong below gRPC, as a person reads it. */
public final class TransportError {
  /** Netty's native transport puts the system call and its number before the system's own words. */
  private static final Pattern SYSTEM_CALL =
      Pattern.compile("^\\w+\\(\\.\\.\\) failed with error\\(-?\\d+\\): ");

  private TransportError() {}

  /** The error's own words, without the system call that failed; its kind where it has none. */
  public static String describe(Throwable error) {
    if (error instanceof UnknownHostException) {
      return "unknown host";
    }
    String message = error.getMessage();
    return message == null
        ? error.getClass().getSimpleName()
        : SYSTEM_CALL.matcher(message).replaceFirst("");
  }
}
