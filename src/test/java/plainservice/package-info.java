/** A service as other teams write them: nothing here may know the bridge. Read {@link plainservice.PlainService}. */
package plainservice;
