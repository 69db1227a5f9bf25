package dev.countersign.bridge

import java.io.File
import java.io.InputStream
import java.io.OutputStream
import java.security.Key
import java.security.KeyFactory
import java.security.KeyPair
import java.security.KeyPairGeneratorSpi
import java.security.KeyStoreSpi
import java.security.PrivateKey
import java.security.Provider
import java.security.SecureRandom
import java.security.Security
import java.security.cert.Certificate
import java.security.cert.CertificateFactory
import java.security.spec.AlgorithmParameterSpec
import java.security.spec.PKCS8EncodedKeySpec
import java.util.Base64
import java.util.Collections
import java.util.Date
import java.util.Enumeration

/**
 * Stands in for the Android Keystore's provider on a JVM. A key that is made is the next of those in the folder, `key0.pem` with its certificates in
 * `chain0.pem`; its name is the one that is asked for next, for the stand-ins of the platform's classes do not hand it over. What it holds outlives the process, in the file
 * `names`. Says nothing of what a phone does.
 */
internal class SoftwareKeystore(private val folder: File) : Provider("AndroidKeyStore", "1.0", "stands in for Android's") {
    private class Held(val key: PrivateKey, val chain: Array<Certificate>)

    private val names = File(folder, "names")

    /** The number of a key by its name, and under no name the number of the next. */
    private val numbers = HashMap<String, Int>().apply {
        if (names.exists()) names.readLines().map { it.split(' ') }.forEach { (name, number) -> put(name, number.toInt()) }
    }
    private var made: Int? = null

    init {
        putService(FakeService("KeyStore", "AndroidKeyStore") { Store() })
        putService(FakeService("KeyPairGenerator", "EC") { Generator() })
        Security.addProvider(this)
    }

    private inner class FakeService(type: String, name: String, private val make: () -> Any) :
        Service(this@SoftwareKeystore, type, name, "fake", null, null) {
        override fun newInstance(parameter: Any?): Any = make()
    }

    private fun load(number: Int): Held {
        val pem = File(folder, "key$number.pem").readLines().filter { !it.startsWith("-") }.joinToString("")
        val key = KeyFactory.getInstance("EC").generatePrivate(PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)))
        val chain = File(folder, "chain$number.pem").inputStream().use { CertificateFactory.getInstance("X.509").generateCertificates(it) }
        return Held(key, chain.toTypedArray())
    }

    private fun find(alias: String): Held? {
        made?.let { change { put(alias, it) } }
        made = null
        return numbers[alias]?.let(::load)
    }

    private fun change(how: HashMap<String, Int>.() -> Unit) {
        numbers.how()
        names.writeText(numbers.entries.joinToString("\n") { (name, number) -> "$name $number" })
    }

    private inner class Generator : KeyPairGeneratorSpi() {
        override fun initialize(keysize: Int, random: SecureRandom) = Unit

        override fun initialize(params: AlgorithmParameterSpec?, random: SecureRandom) = Unit

        override fun generateKeyPair(): KeyPair {
            val number = numbers[""] ?: 0
            change { put("", number + 1) }
            made = number
            return load(number).let { KeyPair(it.chain.first().publicKey, it.key) }
        }
    }

    private inner class Store : KeyStoreSpi() {
        override fun engineGetKey(alias: String, password: CharArray?): Key? = find(alias)?.key

        override fun engineGetCertificateChain(alias: String): Array<Certificate>? = find(alias)?.chain

        override fun engineDeleteEntry(alias: String) = change { remove(alias) }

        override fun engineGetCertificate(alias: String): Certificate? = null

        override fun engineGetCreationDate(alias: String): Date? = null

        override fun engineSetKeyEntry(alias: String, key: Key, password: CharArray?, chain: Array<Certificate>?) = Unit

        override fun engineSetKeyEntry(alias: String, key: ByteArray, chain: Array<Certificate>?) = Unit

        override fun engineSetCertificateEntry(alias: String, certificate: Certificate) = Unit

        override fun engineAliases(): Enumeration<String> = Collections.emptyEnumeration()

        override fun engineContainsAlias(alias: String): Boolean = false

        override fun engineSize(): Int = numbers.size

        override fun engineIsKeyEntry(alias: String): Boolean = false

        override fun engineIsCertificateEntry(alias: String): Boolean = false

        override fun engineGetCertificateAlias(certificate: Certificate): String? = null

        override fun engineStore(stream: OutputStream?, password: CharArray?) = Unit

        override fun engineLoad(stream: InputStream?, password: CharArray?) = Unit
    }
}
