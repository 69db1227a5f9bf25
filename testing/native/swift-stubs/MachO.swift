public func _dyld_image_count() -> UInt32 { return 0 }
public func _dyld_get_image_name(_ image_index: UInt32) -> UnsafePointer<CChar>! { return nil }
