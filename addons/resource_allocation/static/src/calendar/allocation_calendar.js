import { registry } from "@web/core/registry";
import { CalendarModel } from "@web/views/calendar/calendar_model";
import { calendarView } from "@web/views/calendar/calendar_view";

/** A move that is refused is drawn back to where the booking still is. */
export class AllocationCalendarModel extends CalendarModel {
    async updateRecord(record) {
        try {
            return await super.updateRecord(...arguments);
        } catch (error) {
            await this.load();
            throw error;
        }
    }
}

registry.category("views").add("resource_allocation_calendar", {
    ...calendarView,
    Model: AllocationCalendarModel,
});
