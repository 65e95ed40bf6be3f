package io.mooring.machine;

import com.google.protobuf.MessageLite;
import io.mooring.error.EtcdError;
import org.jspecify.annotations.Nullable;

/**
 * What applying one command led to.
 *
 * @param revision the store revision that the reply's header shows
 * @param response the reply without its header; null when refused
 * @param refusal why nothing was changed; null when done
 */
public record Outcome(long revision, @Nullable MessageLite response, @Nullable EtcdError refusal) {}
