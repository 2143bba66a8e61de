package dev.warmpath.router.grpc;

import com.google.protobuf.ByteOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The bytes of a message field as an array, without a copy where the message holds just that. */
final class TokenBytes extends ByteOutput {
  private final int size;
  private byte @Nullable [] whole;

  private TokenBytes(int size) {
    this.size = size;
  }

  /** The bytes; not to be changed. */
  static byte[] of(ByteString bytes) {
    TokenBytes output = new TokenBytes(bytes.size());
    try {
      UnsafeByteOperations.unsafeWriteTo(bytes, output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return output.whole == null ? bytes.toByteArray() : output.whole;
  }

  @Override
  public void writeLazy(byte[] value, int offset, int length) {
    if (offset == 0 && length == size && value.length == size) {
      whole = value;
    }
  }

  @Override
  public void write(byte value) {}

  @Override
  public void write(byte[] value, int offset, int length) {}

  @Override
  public void write(ByteBuffer value) {}

  @Override
  public void writeLazy(ByteBuffer value) {}
}
