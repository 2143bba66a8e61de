package dev.warmpath.router.discovery;

/** etcd did not do what it was asked to; the message names the endpoints and what was asked. */
public final class EtcdUnavailableException extends Exception {
  private static final long serialVersionUID = 1;

  EtcdUnavailableException(String message) {
    super(message);
  }
}
