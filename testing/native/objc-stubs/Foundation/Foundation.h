// What React Native's own headers need of Apple's Foundation to be read by clang on Linux: declarations alone.
#pragma once

#include <stdint.h>

#define NS_ASSUME_NONNULL_BEGIN _Pragma("clang assume_nonnull begin")
#define NS_ASSUME_NONNULL_END _Pragma("clang assume_nonnull end")
#define NS_DESIGNATED_INITIALIZER
#define NS_ENUM(type, name) enum name : type name; enum name : type

typedef signed char BOOL;
#define YES ((BOOL)1)
#define NO ((BOOL)0)
typedef long NSInteger;
typedef unsigned long NSUInteger;

@protocol NSObject
@end
@protocol NSCopying
@end
@protocol OS_dispatch_queue
@end
@interface NSObject <NSObject>
+ (instancetype)alloc;
+ (instancetype)new;
- (instancetype)init;
@end
typedef NSObject<OS_dispatch_queue> *dispatch_queue_t;
typedef void (^dispatch_block_t)(void);
@interface NSString : NSObject <NSCopying>
@end
@interface NSNumber : NSObject
+ (NSNumber *)numberWithDouble:(double)value;
@end
@interface NSArray<Item> : NSObject
@end
@interface NSMutableArray<Item> : NSArray<Item>
@end
@interface NSDictionary<Key, Item> : NSObject
@end
@interface NSMutableDictionary<Key, Item> : NSDictionary<Key, Item>
@end
@interface NSData : NSObject
@end
@interface NSError : NSObject
@end
@interface NSInvocation : NSObject
@end
@interface NSMethodSignature : NSObject
@end
@interface NSURL : NSObject
@end
@interface NSURLQueryItem : NSObject
@end
@interface NSURLRequest : NSObject
@end
@interface NSURLResponse : NSObject
@end
@interface NSURLSessionConfiguration : NSObject
@end
