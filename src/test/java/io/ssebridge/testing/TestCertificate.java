package io.ssebridge.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** A certificate for {@code localhost} and 127.0.0.1 that is made in the test, with its private key. It is valid for a day. */
public final class TestCertificate {
    private static final Duration VALID = Duration.ofDays(1);
    private static final DateTimeFormatter UTC_TIME =
            DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

    private final String name;
    private final KeyPair keys;
    private final byte[] encoded;

    private TestCertificate(String name, KeyPair keys, byte[] encoded) {
        this.name = name;
        this.keys = keys;
        this.encoded = encoded;
    }

    /** Makes a certificate that signs itself, and may sign others. */
    public static TestCertificate selfSigned(String name) {
        KeyPair keys = draw();
        return new TestCertificate(name, keys, encode(name, keys, name, keys, true));
    }

    /** Makes a certificate that this one signs. */
    public TestCertificate sign(String subject) {
        KeyPair drawn = draw();
        return new TestCertificate(subject, drawn, encode(subject, drawn, name, keys, false));
    }

    /** The certificate in PEM. */
    public String pem() {
        return pem("CERTIFICATE", encoded);
    }

    /** The private key in PEM. */
    public String keyPem() {
        return pem("PRIVATE KEY", keys.getPrivate().getEncoded());
    }

    /** Writes the certificate and its key as {@code cert.pem} and {@code key.pem}. */
    public void write(Path directory) {
        try {
            Files.writeString(directory.resolve("cert.pem"), pem());
            Files.writeString(directory.resolve("key.pem"), keyPem());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Trusts this certificate and those that it signs, and shows none. */
    public SSLContext trusted() {
        return trusted(null);
    }

    /** Trusts this certificate and those that it signs, and shows another one. */
    public SSLContext trusted(@Nullable TestCertificate shown) {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setCertificateEntry("trusted", certificate());
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            KeyStore own = KeyStore.getInstance("PKCS12");
            own.load(null, null);
            if (shown != null) {
                own.setKeyEntry("own", shown.keys.getPrivate(), new char[0], new Certificate[] {shown.certificate()});
            }
            KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(own, new char[0]);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(managers.getKeyManagers(), trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private Certificate certificate() throws GeneralSecurityException {
        return CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(encoded));
    }

    private static KeyPair draw() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String pem(String kind, byte[] bytes) {
        return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
                .formatted(kind, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes), kind);
    }

    // https://www.rfc-editor.org/rfc/rfc5280.html#section-4.1
    private static byte[] encode(String subject, KeyPair keys, String issuer, KeyPair signer, boolean isAuthority) {
        byte[] ecdsaWithSha256 = sequence(oid(0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02));
        byte[] validity = sequence(
                time(Instant.now().minus(Duration.ofHours(1))),
                time(Instant.now().plus(VALID)));
        byte[] names = sequence(der(0x82, "localhost".getBytes(UTF_8)), der(0x87, new byte[] {127, 0, 0, 1}));
        byte[] constraints = isAuthority ? sequence(der(0x01, new byte[] {(byte) 0xFF})) : sequence();
        byte[] extensions = der(
                0xA3,
                sequence(
                        sequence(oid(0x55, 0x1D, 0x11), der(0x04, names)),
                        sequence(oid(0x55, 0x1D, 0x13), der(0x01, new byte[] {(byte) 0xFF}), der(0x04, constraints))));
        byte[] toSign = sequence(
                der(0xA0, der(0x02, new byte[] {2})),
                der(
                        0x02,
                        new BigInteger(100, new SecureRandom())
                                .add(BigInteger.ONE)
                                .toByteArray()),
                ecdsaWithSha256,
                commonName(issuer),
                validity,
                commonName(subject),
                keys.getPublic().getEncoded(),
                extensions);
        try {
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(signer.getPrivate());
            signature.update(toSign);
            return sequence(toSign, ecdsaWithSha256, der(0x03, join(new byte[] {0}, signature.sign())));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] commonName(String name) {
        return sequence(der(0x31, sequence(oid(0x55, 0x04, 0x03), der(0x0C, name.getBytes(UTF_8)))));
    }

    private static byte[] time(Instant instant) {
        return der(0x17, UTC_TIME.format(instant).getBytes(UTF_8));
    }

    private static byte[] oid(int... bytes) {
        byte[] content = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            content[i] = (byte) bytes[i];
        }
        return der(0x06, content);
    }

    private static byte[] sequence(byte[]... parts) {
        return der(0x30, join(parts));
    }

    private static byte[] der(int tag, byte[] content) {
        byte[] head;
        if (content.length < 0x80) {
            head = new byte[] {(byte) tag, (byte) content.length};
        } else if (content.length < 0x100) {
            head = new byte[] {(byte) tag, (byte) 0x81, (byte) content.length};
        } else {
            head = new byte[] {(byte) tag, (byte) 0x82, (byte) (content.length >> 8), (byte) content.length};
        }
        return join(head, content);
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
