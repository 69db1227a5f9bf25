#import <Foundation/Foundation.h>

NS_ASSUME_NONNULL_BEGIN

// The Swift classes that Objective-C needs, as @objc gives them. Declared by hand: the header that Xcode generates lies elsewhere with each way to link a pod, and in an Expo
// app it speaks of Expo's own classes. A name that Swift does not have fails the link.

@interface CountersignStart : NSObject
+ (void)begin;
+ (NSURLSessionConfiguration *)networkConfiguration;
@end

@interface CountersignCalls : NSObject
- (void)call:(NSString *)name of:(NSString *)of answer:(void (^)(NSString *answer))answer;
- (NSString *)identity:(nullable NSURL *)script;
- (NSString *)randomBytes:(double)length;
- (double)continuousMs;
- (void)close;
@end

NS_ASSUME_NONNULL_END
