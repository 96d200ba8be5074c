package io.polylog.security;

import io.polylog.io.Entropy;
import io.polylog.io.Worker;
import io.polylog.io.Workers;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Users with passwords. Hashing a password is made to take long, so one thread of its own does it,
/// one after the other; what waits is bounded, beyond it logins are refused. A password that was
/// right is recognised at once from then on, by a digest with a key that nobody knows. A name that
/// is not there takes as long as a wrong password. Any thread.
public final class Users implements Authenticator, AutoCloseable {
    private static final String DIGEST = "HmacSHA256";
    private static final int KEY_BYTES = 32;
    private static final int MOST_WAITING = 256;

    private final Map<String, PasswordHash> users;

    /// Compared with where there is no such user.
    private final PasswordHash nobody;

    private final SecretKeySpec key;
    private final Map<String, byte[]> seen = new ConcurrentHashMap<>();
    private final BlockingQueue<Check> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
    private final Workers.Running worker;
    private volatile boolean closed;

    private record Check(
            String user, byte[] password, CompletableFuture<Optional<Principal>> answer) {}

    /// @param users their passwords' hashes by name; one or more
    public Users(Map<String, PasswordHash> users, Entropy entropy, Workers workers) {
        this.users = Map.copyOf(users);
        nobody = this.users.values().iterator().next();
        byte[] secret = new byte[KEY_BYTES];
        entropy.fill(secret);
        key = new SecretKeySpec(secret, DIGEST);
        worker = workers.start("logins", Thread.MIN_PRIORITY, this::work);
    }

    @Override
    public CompletionStage<Optional<Principal>> byPassword(String user, byte[] password) {
        byte[] right = seen.get(user);
        if (right != null && MessageDigest.isEqual(right, digest(password))) {
            return CompletableFuture.completedFuture(Optional.of(new Principal(user)));
        }
        Check check = new Check(user, password, new CompletableFuture<>());
        if (closed || !waiting.offer(check)) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        worker.wake();
        return check.answer();
    }

    private long work() {
        Check check = waiting.poll();
        if (check != null) {
            check.answer().complete(closed ? Optional.empty() : checked(check));
            return 0;
        }
        return closed ? Worker.DONE : Worker.UNTIL_WOKEN;
    }

    private Optional<Principal> checked(Check check) {
        PasswordHash hash = users.get(check.user());
        boolean matches = (hash == null ? nobody : hash).matches(check.password());
        if (hash == null || !matches) {
            return Optional.empty();
        }
        seen.put(check.user(), digest(check.password()));
        return Optional.of(new Principal(check.user()));
    }

    private byte[] digest(byte[] password) {
        try {
            Mac mac = Mac.getInstance(DIGEST);
            mac.init(key);
            return mac.doFinal(password);
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("this Java has no " + DIGEST, missing);
        }
    }

    /// Refuses everybody from now on.
    @Override
    public void close() {
        closed = true;
        worker.wake();
        worker.awaitEnd();
    }
}
