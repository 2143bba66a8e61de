/** {@code Route} over gRPC beside an empty RPC and beside NVIDIA Dynamo's selection service. */
@NullMarked
package dev.warmpath.jmh.grpc;

import org.jspecify.annotations.NullMarked;
