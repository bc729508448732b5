/**
 * Certificates and private keys in PEM files: how they are read, checked, and replaced while the node runs.
 *
 * <p><b>Threads:</b> values may be used by any thread; {@code CertificateWatch} says its owner.
 *
 * <p>Read {@link io.ssebridge.tls.TlsOptions} first, then {@code Certificates} and {@code CertificateWatch}.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.tls;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
