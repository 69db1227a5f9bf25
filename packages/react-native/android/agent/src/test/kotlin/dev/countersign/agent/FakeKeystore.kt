package dev.countersign.agent

import java.io.InputStream
import java.io.OutputStream
import java.security.Key
import java.security.KeyPair
import java.security.KeyPairGeneratorSpi
import java.security.KeyStoreSpi
import java.security.PrivateKey
import java.security.Provider
import java.security.SecureRandom
import java.security.Security
import java.security.cert.Certificate
import java.security.spec.AlgorithmParameterSpec
import java.util.Collections
import java.util.Date
import java.util.Enumeration

/** Stands in for the Android Keystore's provider on a JVM: holds at most one key, and fails as it is told. Says nothing of what a phone does. */
internal object FakeKeystore {
    var key: PrivateKey? = null
    var chain: List<Certificate> = emptyList()

    /** What each coming making of a key throws, null for one that works. */
    val makings = ArrayDeque<Throwable?>()
    var onGet: Throwable? = null
    var asked = 0
    val deleted = ArrayList<String>()

    private var made = false

    fun reset(key: PrivateKey, chain: List<Certificate>) {
        this.key = key
        this.chain = chain
        makings.clear()
        deleted.clear()
        onGet = null
        asked = 0
        made = false
    }

    fun install() {
        Security.addProvider(FakeProvider())
    }

    fun make() {
        asked += 1
        makings.removeFirstOrNull()?.let { throw it }
        made = true
    }

    /** The name of the key that was asked for last. */
    var name = ""

    fun get(alias: String): PrivateKey? {
        name = alias
        onGet?.let { throw it }
        return key.takeIf { made }
    }

    fun chain(): Array<Certificate>? = if (made) chain.toTypedArray() else null

    fun delete(alias: String) {
        deleted.add(alias)
        made = false
    }
}

private class FakeProvider : Provider("AndroidKeyStore", "1.0", "stands in for Android's") {
    init {
        putService(FakeService(this, "KeyStore", "AndroidKeyStore") { FakeStore() })
        putService(FakeService(this, "KeyPairGenerator", "EC") { FakeGenerator() })
    }
}

private class FakeService(provider: Provider, type: String, name: String, private val make: () -> Any) :
    Provider.Service(provider, type, name, "fake", null, null) {
    override fun newInstance(parameter: Any?): Any = make()
}

private class FakeGenerator : KeyPairGeneratorSpi() {
    override fun initialize(keysize: Int, random: SecureRandom) = Unit

    override fun initialize(params: AlgorithmParameterSpec?, random: SecureRandom) = Unit

    override fun generateKeyPair(): KeyPair {
        FakeKeystore.make()
        return KeyPair(FakeKeystore.chain.first().publicKey, FakeKeystore.key)
    }
}

private class FakeStore : KeyStoreSpi() {
    override fun engineGetKey(alias: String, password: CharArray?): Key? = FakeKeystore.get(alias)

    override fun engineGetCertificateChain(alias: String): Array<Certificate>? = FakeKeystore.chain()

    override fun engineGetCertificate(alias: String): Certificate? = null

    override fun engineGetCreationDate(alias: String): Date? = null

    override fun engineSetKeyEntry(alias: String, key: Key, password: CharArray?, chain: Array<Certificate>?) = Unit

    override fun engineSetKeyEntry(alias: String, key: ByteArray, chain: Array<Certificate>?) = Unit

    override fun engineSetCertificateEntry(alias: String, certificate: Certificate) = Unit

    override fun engineDeleteEntry(alias: String) = FakeKeystore.delete(alias)

    override fun engineAliases(): Enumeration<String> = Collections.emptyEnumeration()

    override fun engineContainsAlias(alias: String): Boolean = false

    override fun engineSize(): Int = 0

    override fun engineIsKeyEntry(alias: String): Boolean = false

    override fun engineIsCertificateEntry(alias: String): Boolean = false

    override fun engineGetCertificateAlias(certificate: Certificate): String? = null

    override fun engineStore(stream: OutputStream?, password: CharArray?) = Unit

    override fun engineLoad(stream: InputStream?, password: CharArray?) = Unit
}
