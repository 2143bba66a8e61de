package dev.warmpath.jmh.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.BytesValue;
import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;

/**
 * The RPC that does nothing: takes one message with a field of bytes, which the server reads out of
 * the message and leaves alone, and answers as many bytes as a route reply has. What it costs is
 * what gRPC costs.
 */
final class EchoService implements BindableService {
  /** Bytes of the answer. */
  static final int ANSWER_BYTES = 200;

  static final MethodDescriptor<BytesValue, BytesValue> ECHO =
      MethodDescriptor.<BytesValue, BytesValue>newBuilder()
          .setType(MethodType.UNARY)
          .setFullMethodName("warmpath.bench.Echo/Echo")
          .setRequestMarshaller(ProtoUtils.marshaller(BytesValue.getDefaultInstance()))
          .setResponseMarshaller(ProtoUtils.marshaller(BytesValue.getDefaultInstance()))
          .build();

  private static final BytesValue ANSWER =
      BytesValue.of(ByteString.copyFrom(new byte[ANSWER_BYTES]));

  @Override
  public ServerServiceDefinition bindService() {
    return ServerServiceDefinition.builder("warmpath.bench.Echo")
        .addMethod(
            ECHO,
            ServerCalls.<BytesValue, BytesValue>asyncUnaryCall((_, reply) -> {
              reply.onNext(ANSWER);
              reply.onCompleted();
            }))
        .build();
  }
}
