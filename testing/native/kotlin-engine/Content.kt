@file:Suppress("PackageDirectoryMismatch")

package android.content

class Context
