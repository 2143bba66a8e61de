package dev.warmpath.router.app;

import picocli.CommandLine.IVersionProvider;

/** The version that this build carries. */
final class Version implements IVersionProvider {
  /** The version from the jar's manifest; {@code dev} when run from classes. */
  static String current() {
    String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "dev" : version;
  }

  @Override
  public String[] getVersion() {
    return new String[] {"warmpath " + current() + " (Java " + Runtime.version() + ")"};
  }
}
